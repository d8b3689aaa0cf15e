import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { binaries } from '../postgres'
import { Chance } from '../spool/chance'
import { startVendor } from '../vendor/start'
import { FIRST_TAG } from './caller'
import { type ChaosDatabase, startChaosDatabase } from './database-server'
import { Gateways } from './gateways'
import { makeKey } from './ledger-rows'
import { playRound, type Round, type RoundOptions } from './round'

export interface PlayOptions {
  seed: number
  database: 'postgres' | 'embedded'
  rounds: Iterable<Omit<RoundOptions, 'firstTag'>>
  /** Hears of each round as it ends. */
  onRound?: (round: Round) => void
}

/** Whether there is a PostgreSQL that can be broken. */
export const hasPostgres = binaries !== undefined

/** Plays the rounds one after another, on the same data folder and database; everything is gone afterwards. */
export async function play({ seed, database: kind, rounds, onRound }: PlayOptions): Promise<Round> {
  const root = mkdtempSync(join(tmpdir(), 'callmissed-chaos-'))
  const copies = join(root, 'copies')
  mkdirSync(copies)
  let database: ChaosDatabase | undefined
  const vendor = await startVendor()
  let gateways: Gateways | undefined
  try {
    database = kind === 'postgres' ? await startChaosDatabase() : undefined
    gateways = new Gateways({
      dataDir: join(root, 'data'),
      vendorUrl: vendor.url,
      databaseUrl: database?.url,
      slots: database ? 2 : 1,
    })
    await gateways.prepare()
    for (let slot = 0; slot < gateways.options.slots; slot++) await gateways.start(slot)
    const key = await makeKey(gateways.serving[0]!.url)
    const scene = { gateways, vendor, database, key, chance: new Chance(seed), copies }
    let sum: Round = { counts: {}, problems: [], done: {}, nextTag: FIRST_TAG }
    for (const options of rounds) {
      const round = await playRound(scene, { ...options, firstTag: sum.nextTag })
      onRound?.(round)
      sum = addRounds(sum, round)
    }
    return sum
  } finally {
    await gateways?.close()
    await Promise.all([vendor.stop(), database?.close()])
    rmSync(root, { recursive: true, force: true })
  }
}

export function addRounds(one: Round, other: Round): Round {
  return {
    counts: add(one.counts, other.counts),
    done: add(one.done, other.done),
    problems: [...one.problems, ...other.problems],
    nextTag: other.nextTag,
  }
}

function add(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const sum = { ...one }
  for (const [name, number] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + number
  return sum
}
