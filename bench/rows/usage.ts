import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { alternate, type Taken } from '../alternate.ts'
import type { StreamReport } from '../client/tally.ts'
import { cpuAtRestUs } from '../cpu.ts'
import { loadJson } from '../json-load.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import { loadStreams } from '../stream-load.ts'
import type { Target } from '../target.ts'
import { warmUp } from '../warm-up.ts'

const ENTRY = 'bench/gateway-switched-usage.ts'
const STREAMS = { mode: 'rolling', streams: 64, paceMs: 20, chunks: 25 } as const
/** A percentile of ends needs many of them. */
const LONGER = 3
/** CPU time of which a few percent are asked needs many ticks of it, and many turns. */
const TURNS = 5
const SWITCH_MS = 200

/** The same gateway once more, its recorder on or off. */
interface Twin {
  target: Target
  isOff: boolean
}
const twins = new WeakMap<Target, Promise<Twin>>()

async function twinOf(target: Target, bench: Bench): Promise<Twin | undefined> {
  if (!target.twin) return undefined
  const start = target.twin
  const folder = join(bench.folder, 'switched-usage')
  mkdirSync(folder, { recursive: true })
  const twin = twins.get(target) ?? start(folder, { entry: ENTRY }).then(target => ({ target, isOff: false }))
  twins.set(target, twin)
  return twin
}

/** Switches its recorder off or on: at rest, since a request that was begun with one must not end with the other. */
async function turn(twin: Twin, isOff: boolean): Promise<void> {
  await cpuAtRestUs(twin.target.pid)
  if (twin.isOff === isOff || twin.target.pid === undefined) return
  process.kill(twin.target.pid, 'SIGUSR2')
  twin.isOff = isOff
  await Bun.sleep(SWITCH_MS)
}

let round = 0

/** Measures with and without, now one first and now the other, so that none always runs after the same one. */
async function both<Value>(twin: Twin, measure: (target: Target) => Promise<Value>) {
  const run = async (isOff: boolean) => {
    await turn(twin, isOff)
    return measure(twin.target)
  }
  if (round++ % 2 === 0) return { own: await run(false), without: await run(true) }
  const without = await run(true)
  return { own: await run(false), without }
}

async function take({ target }: Twin, bench: Bench, connections: number): Promise<Taken> {
  const before = await cpuAtRestUs(target.pid)
  const load = { body: 'small', connections, seconds: bench.seconds } as const
  const { answered: requests } = await loadJson(bench, target, load)
  return { cpuUs: (await cpuAtRestUs(target.pid)) - before, requests }
}

const warmUpBoth = async (targets: Target[], bench: Bench) => {
  for (const target of targets) {
    const twin = await twinOf(target, bench)
    // Off first: what was compiled without having seen a record is compiled again when it sees one.
    for (const isOff of twin ? [true, false] : []) {
      await turn(twin!, isOff)
      await warmUp(twin!.target, bench, { body: 'small', connections: 64 })
    }
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
    const [own, without] = await alternate(['on', 'off'], TURNS, async recorder => {
      await turn(twin, recorder === 'off')
      return take(twin, bench, connections)
    })
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
    const { own, without } = await both(twin, each => endingMs(each, bench))
    return { p50Ms: own.p50 - without.p50, p99Ms: own.p99 - without.p99 }
  },
}
