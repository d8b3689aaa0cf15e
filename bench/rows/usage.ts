import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { StreamReport } from '../client/tally.ts'
import { cpuAtRestUs } from '../cpu.ts'
import { loadJson } from '../json-load.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import { loadStreams } from '../stream-load.ts'
import type { Target } from '../target.ts'
import { warmUp } from '../warm-up.ts'

const ENTRY = 'bench/gateway-without-usage.ts'
const STREAMS = { mode: 'rolling', streams: 64, paceMs: 20, chunks: 25 } as const
/** A percentile of ends needs many of them, and CPU time of which a few percent are asked for many ticks of it. */
const LONGER = 3

/** The same gateway with a recorder that does nothing, by the gateway that it stands beside. */
const twins = new WeakMap<Target, Promise<Target>>()

async function twinOf(target: Target, bench: Bench): Promise<Target | undefined> {
  if (!target.twin) return undefined
  const start = target.twin
  const folder = join(bench.folder, 'without-usage')
  mkdirSync(folder, { recursive: true })
  const twin = twins.get(target) ?? start(folder, { entry: ENTRY })
  twins.set(target, twin)
  return twin
}

let round = 0

/** Measures both, now one first and now the other, so that none always runs after the same one. */
async function both<Value>(target: Target, twin: Target, measure: (target: Target) => Promise<Value>) {
  if (round++ % 2 === 0) return { own: await measure(target), without: await measure(twin) }
  const without = await measure(twin)
  return { own: await measure(target), without }
}

async function cpuPerRequest(target: Target, bench: Bench, connections: number): Promise<number> {
  const before = await cpuAtRestUs(target.pid)
  const seconds = bench.seconds * LONGER
  const report = await loadJson(bench, target, { body: 'small', connections, seconds })
  return ((await cpuAtRestUs(target.pid)) - before) / report.answered
}

const warmUpBoth = async (targets: Target[], bench: Bench) => {
  for (const target of targets) {
    const twin = await twinOf(target, bench)
    for (const each of twin ? [target, twin] : [])
      await warmUp(each, bench, { body: 'small', connections: 64 })
  }
}

const cpu = (connections: number, bar: number): Scenario => ({
  name: `usage-cpu-${connections}`,
  rows: [
    {
      figure: 'addedPercent',
      title: `CPU of durable usage per JSON request, c = ${connections}, over a recorder that does nothing`,
      unit: '%',
      compare: 'plain',
      bar,
    },
    {
      figure: 'addedUs',
      title: `The same in CPU time, shipping included, c = ${connections}`,
      unit: 'µs',
      compare: 'plain',
    },
  ],
  prepare: warmUpBoth,
  async run(target, bench): Promise<Figures> {
    const twin = await twinOf(target, bench)
    if (!twin) return {}
    const { own, without } = await both(target, twin, each => cpuPerRequest(each, bench, connections))
    return { addedPercent: (own / without - 1) * 100, addedUs: own - without }
  },
})

/** What it costs that a record is on the disk before an answer ends, and in the database soon after. */
export const usageCpu: Scenario[] = [cpu(32, 15), cpu(256, 5)]

async function endingMs(target: Target, bench: Bench): Promise<{ p50: number; p99: number }> {
  const report = await loadStreams<StreamReport>(bench, target, {
    ...STREAMS,
    seconds: bench.seconds * LONGER,
  })
  await cpuAtRestUs(target.pid)
  if (report.failed > 0) throw new Error(`${target.name}: ${report.failed} streams failed`)
  return { p50: report.ending.p50 / 1_000, p99: report.ending.p99 / 1_000 }
}

/** How much later a stream ends because its record is synced first. */
export const usageEnd: Scenario = {
  name: 'usage-end',
  rows: [
    {
      figure: 'p50Ms',
      title: 'Added by durable usage to the end of a stream, p50',
      unit: 'ms',
      compare: 'plain',
    },
    {
      figure: 'p99Ms',
      title: 'Added by durable usage to the end of a stream, p99',
      unit: 'ms',
      compare: 'plain',
      bar: 3,
    },
  ],
  prepare: warmUpBoth,
  async run(target, bench): Promise<Figures> {
    const twin = await twinOf(target, bench)
    if (!twin) return {}
    const { own, without } = await both(target, twin, each => endingMs(each, bench))
    return { p50Ms: own.p50 - without.p50, p99Ms: own.p99 - without.p99 }
  },
}
