import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { loadJson } from '../json-load.ts'
import { residentBytes } from '../memory.ts'
import { openRelay, type Relay } from '../relay.ts'
import type { Bench, Figures, Scenario } from '../scenario.ts'
import type { Target } from '../target.ts'

const PER_SECOND = 500
const CONNECTIONS = 64
/** Heaps grow into what a load needs: that is not the outage's. */
const SETTLE_SECONDS = 10
/** Of the outage, in lengths of a measurement; ten minutes with `--seconds 60`. */
const OUTAGE = 10
const LEAST_WAIT_SECONDS = 60
const MB = 1024 * 1024

/** With a key that has no budget: while the database cannot say what is left of one, its requests are refused. */
const load = (target: Target, bench: Bench, seconds: number) =>
  loadJson(
    bench,
    { ...target, key: target.unlimitedKey ?? target.key },
    { body: 'small', connections: CONNECTIONS, seconds, perSecond: PER_SECOND },
  )

/** The median of the readings in each of three stretches of a time: a collection that is due is no leak. */
async function residentMeanwhile(target: Target, work: Promise<unknown>): Promise<[number, number, number]> {
  const readings: number[] = []
  const timer = setInterval(() => readings.push(residentBytes(target.pid)), 500)
  await work.finally(() => clearInterval(timer))
  const third = Math.max(1, Math.floor(readings.length / 3))
  const median = (from: number) =>
    readings.slice(from, from + third).toSorted((a, b) => a - b)[third >> 1] ?? Number.NaN
  return [median(0), median(third), median(2 * third)]
}

/** Waits as long as the outage was, or a minute: what is not stored by then counts as missing. */
async function storedAtLast(target: Target, wanted: number, outageSeconds: number) {
  const limitSeconds = Math.max(LEAST_WAIT_SECONDS, outageSeconds)
  const startedMs = performance.now()
  let stored = 0
  while (performance.now() - startedMs < limitSeconds * 1_000) {
    stored = await target.recorded!().catch(() => 0)
    if (stored >= wanted) break
    await Bun.sleep(100)
  }
  return { missing: Math.abs(wanted - stored), seconds: (performance.now() - startedMs) / 1_000 }
}

async function outage(target: Target, relay: Relay, bench: Bench): Promise<Figures> {
  const before = await target.recorded!()
  const settled = await load(target, bench, SETTLE_SECONDS)
  relay.cut()
  let report = settled
  const away = load(target, bench, bench.seconds * OUTAGE).then(done => {
    report = done
  })
  const [first, , last] = await residentMeanwhile(target, away)
  await relay.mend()
  const wanted = before + settled.answered + settled.failed + report.answered + report.failed
  const { missing, seconds } = await storedAtLast(target, wanted, bench.seconds * OUTAGE)
  return {
    grownMb: (last - first) / MB,
    failed: report.failed,
    perSecond: report.perSecond,
    missing,
    seconds,
  }
}

/** The database away under load: requests go on, memory stays, and afterwards every record is there. */
export const usageOutage: Scenario = {
  name: 'usage-outage',
  rows: [
    {
      figure: 'grownMb',
      title: `RSS growth with the database away at ${PER_SECOND} requests/s, first third to last`,
      unit: 'MB',
      compare: 'plain',
      bar: 8,
    },
    { figure: 'failed', title: 'Requests that failed meanwhile', unit: '', compare: 'plain', bar: 0 },
    { figure: 'perSecond', title: 'Requests per second meanwhile', unit: '/s', compare: 'plain' },
    { figure: 'missing', title: 'Records missing, or twice, afterwards', unit: '', compare: 'plain', bar: 0 },
    { figure: 'seconds', title: 'Until all of them are stored', unit: 's', compare: 'plain' },
  ],
  async run(target, bench) {
    if (!target.twin || !target.databaseUrl) return {}
    const relay = await openRelay(target.databaseUrl)
    const folder = mkdtempSync(join(bench.folder, 'outage-'))
    const gateway = await target.twin(folder, { databaseUrl: relay.url })
    try {
      return await outage(gateway, relay, bench)
    } finally {
      await gateway.stop?.()
      relay.cut()
    }
  },
}
