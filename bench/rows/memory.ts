import type { StreamReport } from '../client/tally.ts'
import { loadJson } from '../json-load.ts'
import { settledResidentBytes } from '../memory.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import { loadStreams } from '../stream-load.ts'
import type { Target } from '../target.ts'

const OPEN = 1_000
const IDLE_PACE_MS = 100_000
const KB = 1024
const MB = 1024 * 1024

/** What is loaded and compiled at a first use must not be charged to the streams. */
async function settleIn(target: Target, bench: Bench): Promise<void> {
  await loadJson(bench, target, { body: 'small', connections: 8, seconds: 1 })
  await loadStreams(bench, target, { mode: 'rolling', streams: 50, paceMs: 10, chunks: 50, seconds: 1 })
}

async function measure(target: Target, bench: Bench): Promise<Figures> {
  const atStart = await settledResidentBytes(target.pid)
  await settleIn(target, bench)
  const before = await settledResidentBytes(target.pid)
  let open = Number.NaN
  const load = { mode: 'hold', streams: OPEN, paceMs: IDLE_PACE_MS, chunks: 2 } as const
  const report = await loadStreams<StreamReport>(bench, target, load, async () => {
    open = await settledResidentBytes(target.pid)
  })
  const figures = { startMb: atStart / MB, unopened: report.failed }
  if (report.failed > 0) return figures // too few are open to divide by
  return { ...figures, perStreamKb: Math.max(0, open - before) / OPEN / KB }
}

/** Memory of a new process: at rest, and per stream that is open and silent. */
export const memory: Scenario = {
  name: 'memory',
  fresh: true,
  rows: [
    {
      figure: 'perStreamKb',
      title: 'RSS per open idle stream, 1,000 streams',
      unit: 'KB',
      compare: 'plain',
      bar: 32,
    },
    { figure: 'unopened', title: 'Of 1,000 idle streams, not opened', unit: '', compare: 'plain', bar: 0 },
    { figure: 'startMb', title: 'RSS at start', unit: 'MB', compare: 'plain', bar: 90 },
  ],
  run: measure,
}
