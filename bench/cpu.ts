import { processTree, threadsOf } from './process-tree.ts'

/** Linux reports CPU time in 1/100 s to user space on every architecture that Bun runs on (USER_HZ). */
const TICK_US = 10_000
const SETTLE_STEP_MS = 200
const SETTLE_LIMIT_MS = 30_000

/** CPU-microseconds (user + system, all threads, children included) that a process tree has used so far. */
export function cpuUs(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN
  return processTree(pid).reduce((sum, process) => sum + process.ticks, 0) * TICK_US
}

/** JavaScriptCore makes machine code of hot functions in threads of this name. */
const COMPILER = 'JITWorker'

/** What of that its compilers have used. */
export function compilerUs(pid: number | undefined): number {
  if (pid === undefined) return Number.NaN
  const threads = processTree(pid).flatMap(process => threadsOf(process.pid))
  const compilers = threads.filter(({ name }) => name === COMPILER)
  return compilers.reduce((sum, thread) => sum + thread.ticks, 0) * TICK_US
}

/**
 * CPU-microseconds at the moment when the tree has come to rest (under 5 % of a core), so that work put off
 * until after the answers (writing usage records) is counted too. Waits 30 s at most.
 */
export async function cpuAtRestUs(pid: number | undefined): Promise<number> {
  if (pid === undefined) return Number.NaN
  let before = cpuUs(pid)
  for (let waited = 0; waited < SETTLE_LIMIT_MS; waited += SETTLE_STEP_MS) {
    await Bun.sleep(SETTLE_STEP_MS)
    const now = cpuUs(pid)
    if (now - before <= TICK_US) return now
    before = now
  }
  return before
}
