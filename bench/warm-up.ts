import type { StreamReport } from './client/tally.ts'
import { compilerUs, cpuUs } from './cpu.ts'
import { type JsonLoad, loadJson } from './json-load.ts'
import type { Bench } from './scenario.ts'
import { loadStreams, type StreamLoad } from './stream-load.ts'
import type { Target } from './target.ts'

const WINDOW_SECONDS = 2
const WINDOWS_AT_MOST = 20
/** A window that is not this much cheaper than the cheapest before it says that nothing more is to be gained. */
const CHEAPER_BY = 0.03
/** One that still makes machine code for more than this part of its time is about to become cheaper. */
const COMPILES_AT_MOST = 0.02
const STEADY_WINDOWS = 2

/**
 * Loads a target until its CPU per request has stopped falling and its compiler has come to rest, 20 windows at most:
 * a process that compiles its hot functions beside the first 200,000 requests is measured as it will be for the rest of
 * its life. One window where the process cannot be seen.
 */
export function warmUp(target: Target, bench: Bench, load: Omit<JsonLoad, 'seconds'>): Promise<void> {
  return untilSteady(target.pid, async () => {
    const { answered } = await loadJson(bench, target, { ...load, seconds: WINDOW_SECONDS })
    return answered
  })
}

/**
 * The same with streams, by the CPU of a chunk; before them with requests that are not streamed, of which a target serves as
 * many as it can: what a stream's beginning and end go through would take minutes to become hot.
 */
export async function warmUpStreams(target: Target, bench: Bench, load: StreamLoad): Promise<void> {
  await warmUp(target, bench, { body: 'small', connections: 32 })
  await untilSteady(target.pid, async () => {
    const report = await loadStreams<StreamReport>(bench, target, { ...load, seconds: WINDOW_SECONDS })
    return report.started * load.chunks
  })
}

/** Calls `loadOnce`, which loads a process for 2 s and says how many requests or chunks that were, until the process is steady. */
export async function untilSteady(pid: number | undefined, loadOnce: () => Promise<number>): Promise<void> {
  let cheapestUs = Number.POSITIVE_INFINITY
  let steady = 0
  for (let window = 0; window < WINDOWS_AT_MOST && steady < STEADY_WINDOWS; window++) {
    const [before, compiledBefore] = [cpuUs(pid), compilerUs(pid)]
    const count = await loadOnce()
    const spentUs = cpuUs(pid) - before
    if (Number.isNaN(spentUs)) return
    const us = spentUs / count
    const compiles = (compilerUs(pid) - compiledBefore) / spentUs
    steady = us < cheapestUs * (1 - CHEAPER_BY) || compiles > COMPILES_AT_MOST ? 0 : steady + 1
    cheapestUs = Math.min(cheapestUs, us)
  }
}
