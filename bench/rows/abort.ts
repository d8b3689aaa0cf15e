import type { Bench, Figures, Scenario } from '../scenario.ts'
import { quantile } from '../statistics.ts'
import { loadStreams } from '../stream-load.ts'
import type { Target } from '../target.ts'
import { closings } from '../vendor.ts'

const STREAMS = 100
const NOTICE_MS = 1_000

/** When in a stream's life its caller leaves. */
const STAGES = {
  streaming: { name: 'while streaming', paceMs: 20, waitMs: 0 },
  silent: { name: 'in a silence', paceMs: 100_000, waitMs: 0 },
  unanswered: { name: 'before the head', paceMs: 100_000, waitMs: 100_000 },
}

async function measure(
  target: Target,
  bench: Bench,
  stage: { paceMs: number; waitMs: number },
): Promise<Figures> {
  await closings(bench.vendor)
  const { paceMs, waitMs } = stage
  const load = { mode: 'abort', streams: STREAMS, paceMs, waitMs, chunks: 1_000 } as const
  const left = await loadStreams<Record<string, number>>(bench, target, load)
  await Bun.sleep(NOTICE_MS)
  const closed = await closings(bench.vendor)
  const delays = Object.entries(left).flatMap(([id, leftUs]) =>
    closed[id] === undefined ? [] : [closed[id] - leftUs],
  )
  const sorted = delays.sort((a, b) => a - b)
  return {
    p50Ms: quantile(sorted, 0.5) / 1000,
    p99Ms: quantile(sorted, 0.99) / 1000,
    unnoticed: STREAMS - delays.length,
  }
}

/** From the caller's leaving to the closing of the vendor's socket. */
export const aborts: Scenario[] = Object.entries(STAGES).map(([stage, { name, ...timing }]) => ({
  name: `abort-${stage}`,
  rows: [
    { figure: 'p50Ms', title: `Abort to vendor's close p50, ${name}`, unit: 'ms', compare: 'plain' },
    { figure: 'p99Ms', title: `Abort to vendor's close p99, ${name}`, unit: 'ms', compare: 'plain', bar: 20 },
    { figure: 'unnoticed', title: `Vendor's sockets left open, ${name}`, unit: '', compare: 'plain', bar: 0 },
  ],
  run: (target, bench) => measure(target, bench, timing),
}))
