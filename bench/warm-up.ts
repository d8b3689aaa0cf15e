import type { StreamReport } from './client/tally.ts'
import { cpuUs } from './cpu.ts'
import { type JsonLoad, loadJson } from './json-load.ts'
import type { Bench } from './scenario.ts'
import { loadStreams, type StreamLoad } from './stream-load.ts'
import type { Target } from './target.ts'

const WINDOW_SECONDS = 2
const WINDOWS_AT_MOST = 15
/** A window that is not this much cheaper than the cheapest before it says that nothing more is to be gained. */
const CHEAPER_BY = 0.03
const STEADY_WINDOWS = 2

/**
 * Loads a target until its CPU per request has stopped falling, 30 s at most: a process that compiles its hot
 * functions beside the first 100,000 requests is measured as it will be for the rest of its life. One window
 * where the process cannot be seen.
 */
export function warmUp(target: Target, bench: Bench, load: Omit<JsonLoad, 'seconds'>): Promise<void> {
  return untilSteady(async () => {
    const before = cpuUs(target.pid)
    const { answered } = await loadJson(bench, target, { ...load, seconds: WINDOW_SECONDS })
    return (cpuUs(target.pid) - before) / answered
  })
}

/** The same with streams, by the CPU of a chunk. */
export function warmUpStreams(target: Target, bench: Bench, load: StreamLoad): Promise<void> {
  return untilSteady(async () => {
    const before = cpuUs(target.pid)
    const report = await loadStreams<StreamReport>(bench, target, { ...load, seconds: WINDOW_SECONDS })
    return (cpuUs(target.pid) - before) / (report.started * load.chunks)
  })
}

/** Calls what loads a target for 2 s, and says what CPU a request took, until that has stopped falling. */
export async function untilSteady(windowUs: () => Promise<number>): Promise<void> {
  let cheapestUs = Number.POSITIVE_INFINITY
  let steady = 0
  for (let window = 0; window < WINDOWS_AT_MOST && steady < STEADY_WINDOWS; window++) {
    const us = await windowUs()
    if (Number.isNaN(us)) return
    steady = us < cheapestUs * (1 - CHEAPER_BY) ? 0 : steady + 1
    cheapestUs = Math.min(cheapestUs, us)
  }
}
