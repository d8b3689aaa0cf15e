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
 * The same with streams, by the CPU of a chunk. It takes minutes until what a stream's beginning and end go through is hot:
 * most of that is what any request goes through, so `warmUp` comes first.
 */
export function warmUpStreams(target: Target, bench: Bench, load: StreamLoad): Promise<void> {
  return untilSteady(target.pid, async () => {
    const report = await loadStreams<StreamReport>(bench, target, { ...load, seconds: WINDOW_SECONDS })
    return report.started * load.chunks
  })
}

/** What one window took: CPU for each request or chunk, and which part of it went into making machine code. */
export interface Window {
  us: number
  compiles: number
}

/** Whether the last windows were no cheaper than those before them, and made next to no machine code. */
export function isSteady(windows: readonly Window[]): boolean {
  const first = windows.length - STEADY_WINDOWS
  if (first < 1) return false
  return windows.slice(first).every(({ us, compiles }, index) => {
    const cheapestUs = Math.min(...windows.slice(0, first + index).map(before => before.us))
    return us >= cheapestUs * (1 - CHEAPER_BY) && compiles <= COMPILES_AT_MOST
  })
}

/** Calls `loadOnce`, which loads a process for 2 s and says how many requests or chunks that were, until the process is steady. */
export async function untilSteady(pid: number | undefined, loadOnce: () => Promise<number>): Promise<void> {
  const windows: Window[] = []
  while (windows.length < WINDOWS_AT_MOST && !isSteady(windows)) {
    const [before, compiledBefore] = [cpuUs(pid), compilerUs(pid)]
    const count = await loadOnce()
    const spentUs = cpuUs(pid) - before
    if (Number.isNaN(spentUs)) return
    windows.push({ us: spentUs / count, compiles: (compilerUs(pid) - compiledBefore) / spentUs })
  }
}
