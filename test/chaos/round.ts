import { join } from 'node:path'
import type { Chance } from '../spool/chance'
import type { Vendor } from '../vendor/start'
import { compare, type Findings, tagOfCall } from './compare'
import type { ChaosDatabase } from './database-server'
import type { Gateways, Life } from './gateways'
import { harmOnce, waitForAdoption } from './harm'
import { type Row, readLedger, readRows, readSums, type Sums, sameSums, sumOf } from './ledger-rows'
import { startLoad } from './load'
import { scriptModels } from './models'
import { once } from './progress'
import { type Destroyed, putBack, spoolFolders } from './spools'
import { startTroubles } from './troubles'

export interface Scene {
  gateways: Gateways
  vendor: Vendor
  /** Undefined: the embedded one. */
  database: ChaosDatabase | undefined
  key: string
  chance: Chance
  /** Where copies of spools wait to be put back; on the same disk. */
  copies: string
}

export interface RoundOptions {
  kills: number
  callers: number
  firstTag: number
  /** Between two things that are done to the processes. */
  mostPauseMs: number
  /** The longest trouble of the database, but for one that takes a minute. */
  mostTroubleMs: number
  /** One gateway stays dead until the other has adopted what it left by itself. */
  awaitsAdoption: boolean
  /** The database is away for that long, once. */
  longOutageMs: number
}

/** What was done in a round, and what was found after it. */
export interface Round extends Findings {
  done: Record<string, number>
  nextTag: number
}

/** What does not change for so long will not. */
const STALLED_MS = 60_000
const ROWS_STALLED_MS = 10_000

/** Does everything to the gateways that the options ask for, lets them recover, and compares. */
export async function playRound(scene: Scene, options: RoundOptions): Promise<Round> {
  const { gateways, vendor, database, chance, key } = scene
  const from = new Date().toISOString()
  const livesBefore = gateways.lives.length
  const done: Record<string, number> = {}
  const tally = (what: string) => {
    done[what] = (done[what] ?? 0) + 1
  }
  await vendor.clear()
  await scriptModels(vendor)
  const load = startLoad(gateways, key, chance, options)
  const troubles = database && startTroubles(database, chance, options, tally)
  const destroyed: Destroyed = { ends: new Set(), dispatches: new Set() }
  const copies: string[] = []
  const harm = { scene, troubles, options, tally, destroyed, copies, kills: 0, problems: [] as string[] }
  while (harm.kills < options.kills) harm.kills += await harmOnce(harm)
  await troubles?.stop()
  if (options.awaitsAdoption) await waitForAdoption(harm)
  await load.stop()
  const codes = await settle(scene, copies)
  for (const code of codes) if (code !== 0) harm.problems.push(`end: exit code ${code} after SIGTERM`)
  const calls = await quietCalls(vendor)
  const url = gateways.serving[0]!.url
  const rows = await allRows(url, from, new Set(calls.map(tagOfCall)).size)
  const found = compare({
    calls,
    rows,
    seen: load.seen,
    destroyed,
    wasKilled: ({ pid, startedAt, endedAt }) =>
      gateways.lives.some(life => life.pid === pid && isBetween(life.killedAt, startedAt, endedAt)),
    toldToEndAt: ({ pid, endedAt }) =>
      gateways.lives.find(life => life.pid === pid && isBetween(life.endedAt, 0, endedAt))?.endedAt,
  })
  await compareSums(scene, from, rows, found)
  checkLogs(gateways.lives.slice(livesBefore), found)
  tally('rounds')
  found.problems.push(...harm.problems)
  return { ...found, done, nextTag: options.firstTag + load.seen.length }
}

/**
 * Ends all processes in order and starts them again: whatever any of them left is adopted now, copies included. Resolves
 * with the codes with which they ended.
 */
async function settle({ gateways, copies: shelf }: Scene, copies: string[]): Promise<(number | null)[]> {
  await Bun.sleep(500)
  for (const name of copies) putBack(join(shelf, name), gateways.spools, `${name}-again`)
  const codes = await Promise.all(gateways.serving.map(life => gateways.end(life)))
  for (let slot = 0; slot < gateways.options.slots; slot++) await gateways.start(slot)
  const { slots } = gateways.options
  const left = await once(
    () => spoolFolders(gateways.spools),
    ({ length }) => length <= slots,
    STALLED_MS,
  )
  if (left.length > slots) throw new Error(`spools are left: ${left.join(', ')}`)
  return codes
}

function isBetween(at: number | undefined, from: number, to: number): boolean {
  return at !== undefined && at >= from && at <= to
}

/** Every call, once none of them is open. */
async function quietCalls(vendor: Vendor) {
  const openCalls = async () => (await vendor.bill()).filter(({ ending }) => ending === null).length
  if ((await once(openCalls, open => open === 0, STALLED_MS)) > 0)
    throw new Error('the vendor has open calls that nobody reads')
  return vendor.calls()
}

async function allRows(url: string, from: string, atLeast: number) {
  const stored = async () => (await readSums(url, from)).requests
  await once(stored, requests => requests >= atLeast, ROWS_STALLED_MS)
  return readRows(url, from)
}

/** What `/api/v1/usage` says is the sum of the records, and of the ledger's own lines. */
async function compareSums({ gateways, database }: Scene, from: string, rows: Row[], found: Findings) {
  const added = sumOf(rows)
  const told = await readSums(gateways.serving[0]!.url, from)
  if (!sameSums(added, told))
    found.problems.push(`sums: /api/v1/usage says ${tell(told)}, records ${tell(added)}`)
  if (!database) return
  const { strays, ...booked } = await readLedger(database.url, from)
  if (!sameSums(added, booked))
    found.problems.push(`sums: the ledger has ${tell(booked)}, records ${tell(added)}`)
  if (strays > 0) found.problems.push(`sums: ${strays} lines without a record, or laid aside`)
}

function tell(sums: Sums): string {
  return Object.values(sums).join(' ')
}

/** What a gateway must never have to say, whatever happens around it. */
const NEVER_SAID = [
  'a request failed inside the gateway',
  'a record was laid aside',
  'records found no place',
  'is dropped',
  'of another version',
]
const SAID_OF_DAMAGE = 'is damaged: what was there is lost'

function checkLogs(lives: Life[], found: Findings): void {
  for (const line of lives.flatMap(life => life.stderr().split('\n'))) {
    if (NEVER_SAID.some(text => line.includes(text))) found.problems.push(`log: ${line.slice(0, 500)}`)
    if (line.includes(SAID_OF_DAMAGE))
      found.counts['damage told in the log'] = (found.counts['damage told in the log'] ?? 0) + 1
  }
}
