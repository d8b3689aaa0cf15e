import type { StreamReport } from '../client/tally.ts'
import { cpuAtRestUs, cpuUs } from '../cpu.ts'
import type { Bench, Figures, Row, Scenario } from '../scenario.ts'
import { loadStreams, type StreamLoad } from '../stream-load.ts'
import type { Target } from '../target.ts'
import { warmUp, warmUpStreams } from '../warm-up.ts'

/** Of the streams before the first round: the load by which a chunk's CPU is compared, of streams that are shorter. */
const WARM_STREAMS = 300
const WARM_PACE_MS = 10
const WARM_CHUNKS = 50

/** A load of streams and what is asked of it. */
interface StreamCase {
  name: string
  streams: number
  paceMs: number
  chunks: number
  once?: boolean
  bars?: Partial<
    Record<'cpuUs' | 'ttftP50Ms' | 'ttftP99Ms' | 'transitP50Ms' | 'transitP99Ms' | 'faults', number>
  >
}

async function measure(target: Target, bench: Bench, load: StreamLoad): Promise<Figures> {
  let before = Number.NaN
  let after = Number.NaN
  const report = await loadStreams<StreamReport>(bench, target, load, word => {
    if (word === 'window') before = cpuUs(target.pid)
    else after = cpuUs(target.pid)
  })
  await cpuAtRestUs(target.pid) // what it put off must not run beside the next target
  const { lost, altered, withoutDone, failed, stalled } = report
  const faults = lost + altered + withoutDone + failed
  if (failed > 0) return { faults, stalled } // the times of those that did not fail would flatter it
  return {
    cpuUs: (after - before) / report.chunks,
    ttftP50Ms: report.ttft.p50 / 1000,
    ttftP99Ms: report.ttft.p99 / 1000,
    transitP50Ms: report.transit.p50 / 1000,
    transitP99Ms: report.transit.p99 / 1000,
    faults,
    stalled,
  }
}

function rowsOf({ streams, paceMs, bars = {} }: StreamCase): Row[] {
  const load = `${streams} × ${paceMs} ms`
  const rows: Row[] = [
    { figure: 'cpuUs', title: `CPU per SSE chunk, ${load}`, unit: 'µs', compare: 'ratio' },
    { figure: 'ttftP50Ms', title: `Added TTFT p50, ${load}`, unit: 'ms', compare: 'added' },
    { figure: 'ttftP99Ms', title: `Added TTFT p99, ${load}`, unit: 'ms', compare: 'added' },
    { figure: 'transitP50Ms', title: `Added delay per chunk p50, ${load}`, unit: 'ms', compare: 'added' },
    { figure: 'transitP99Ms', title: `Added delay per chunk p99, ${load}`, unit: 'ms', compare: 'added' },
    {
      figure: 'faults',
      title: `Chunks lost or altered, streams failed or cut, ${load}`,
      unit: '',
      compare: 'plain',
      bar: 0,
    },
    { figure: 'stalled', title: `Gaps over 250 ms, ${load}`, unit: '', compare: 'plain', bar: 0 },
  ]
  return rows.map(row => {
    const bar = bars[row.figure as keyof typeof bars]
    return bar === undefined ? row : { ...row, bar }
  })
}

/** Streams that open and end on a schedule: CPU per chunk, added TTFT and delay, and whether everything arrived. */
export function streams(load: StreamCase): Scenario {
  const { streams: open, paceMs, chunks } = load
  const order = { mode: 'rolling', streams: open, paceMs, chunks } as const
  return {
    name: load.name,
    once: load.once ?? false,
    rows: rowsOf(load),
    prepare: async (targets, bench) => {
      for (const target of targets) {
        await warmUp(target, bench, { body: 'small', connections: 32 })
        await warmUpStreams(target, bench, {
          ...order,
          streams: Math.min(open, WARM_STREAMS),
          paceMs: Math.min(paceMs, WARM_PACE_MS),
          chunks: WARM_CHUNKS,
        })
      }
    },
    // CPU time is counted in 10-ms ticks, and 64 slow streams need few of them
    run: (target, bench) => measure(target, bench, { ...order, seconds: bench.seconds * 2 }),
  }
}
