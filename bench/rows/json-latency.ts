import { loadJson } from '../json-load.ts'
import type { Bench, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const SHARE_OF_SLOWEST = 0.5

/** The rate that every target gets: half of what the slowest one can do, so that none is measured in overload. */
async function commonRate(targets: Target[], bench: Bench, connections: number): Promise<number> {
  let slowest = Number.POSITIVE_INFINITY
  for (const target of targets) {
    const report = await loadJson(bench, target, {
      body: 'small',
      connections,
      seconds: Math.min(2, bench.seconds),
    })
    slowest = Math.min(slowest, report.perSecond)
  }
  return slowest * SHARE_OF_SLOWEST
}

/** Latency of unstreamed requests at a fixed rate, open loop. */
export function jsonLatency(connections: number): Scenario {
  let perSecond = 0
  const title = (quantile: string) => `Added latency ${quantile}, JSON, c = ${connections}`
  return {
    name: `json-latency-${connections}`,
    rows: [
      { figure: 'p50Ms', title: title('p50'), unit: 'ms', compare: 'added' },
      { figure: 'p99Ms', title: title('p99'), unit: 'ms', compare: 'added' },
    ],
    prepare: async (targets, bench) => {
      perSecond = await commonRate(targets, bench, connections)
    },
    run: async (target, bench) => {
      const load = { body: 'small', connections, seconds: bench.seconds, perSecond } as const
      const report = await loadJson(bench, target, load)
      return { p50Ms: report.p50Us / 1000, p99Ms: report.p99Us / 1000, perSecond }
    },
  }
}
