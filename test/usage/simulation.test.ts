import { expect, test } from 'bun:test'
import { silentLog } from '../../src/lib/log'
import { scanFrames } from '../../src/spool/frame'
import { decodeDispatch, decodeRecord } from '../../src/usage/journal'
import { recover } from '../../src/usage/recover'
import { Chance } from '../spool/chance'
import { FakeDisk, type Faults, NO_FAULTS } from '../spool/fake-disk'
import { FakeStore } from './fake-store'
import { SimulatedGateway, type SimulatedRequest } from './simulated-gateway'

const SEEDS = Number(Bun.env.SIMULATION_SEEDS ?? 700)
const FIRST_SEED = Number(Bun.env.SIMULATION_FIRST_SEED ?? 1)
const BAD_DISK: Faults = {
  shortWrite: 0.1,
  failedWrite: 0.02,
  failedSync: 0.05,
  failedCreate: 0.05,
  failedRead: 0.4,
}

interface Run {
  seed: number
  crashAt?: number | undefined
  death: 'process' | 'machine'
  faults: Faults
  durability?: 'sync' | 'async'
  /** Requests of its life. */
  requests?: number
}

/** A gateway's life, its death, and its recovery; the number of disk operations that it lived through. */
async function simulate(run: Run): Promise<number> {
  const { seed, crashAt, death, faults, durability = 'sync', requests = 10 } = run
  const chance = new Chance(seed)
  const disk = new FakeDisk(chance)
  const store = new FakeStore(chance)
  const name = `seed ${seed}, crash at ${crashAt ?? 'no'} operation, ${death} death, ${durability}`
  try {
    if (crashAt !== undefined) disk.crashAt = crashAt
    const gateway = start(disk, store, chance, durability, requests)
    if (!gateway) return disk.operations
    disk.faults = faults
    const early: string[] = []
    disk.onRemove = removed => early.push(...neededIn(removed, gateway))
    store.trouble = chance.pick([0, 0.1, 0.5])
    if (await gateway.live()) await checkClean(gateway)
    else await checkRecovery(gateway, death, durability)
    if (early.length > 0) throw new Error(`a file was removed too early: ${early}`)
    return disk.operations
  } catch (error) {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}

function start(
  disk: FakeDisk,
  store: FakeStore,
  chance: Chance,
  durability: 'sync' | 'async',
  requests: number,
) {
  try {
    return new SimulatedGateway(disk, store, chance, requests, durability)
  } catch (error) {
    // It died while it made its first segment: there is nothing that could be lost.
    if (disk.isDead) return undefined
    throw error
  }
}

async function checkClean({ requests, store, disk, chance }: SimulatedGateway): Promise<void> {
  if (disk.faults === NO_FAULTS && disk.files.size > 0) throw new Error('files are left behind')
  // What could not be read while it lived is left to the next start.
  await recoverAtLast(disk.afterProcessDeath(), store, chance)
  for (const { id, record } of requests) expectRow(store, id, [record])
  if (store.rows.size !== requests.length) throw new Error('there are rows that nobody asked for')
}

async function checkRecovery(
  gateway: SimulatedGateway,
  death: Run['death'],
  durability: 'sync' | 'async',
): Promise<void> {
  const { disk, store, chance, requests } = gateway
  // What was on its way to the database when the process died arrives, or does not.
  while (store.batches > 0 && chance.happens(0.5)) store.answer()
  const left = death === 'process' ? disk.afterProcessDeath() : disk.afterMachineDeath()
  const before = left.afterProcessDeath()
  store.trouble = 0.3
  await recoverAtLast(left, store, chance)
  if (left.files.size > 0) throw new Error(`recovery left ${[...left.files.keys()]}`)
  for (const request of requests) checkRequest(request, gateway, death, durability)
  if (store.late.length > 0) throw new Error(`an estimate had the place of ${store.late}`)
  const known = new Set(requests.map(({ id }) => id))
  for (const id of store.rows.keys()) if (!known.has(id)) throw new Error(`${id} was never asked for`)
  const rows = new Map(store.rows)
  await recoverAtLast(before, store, chance)
  expect(store.rows).toEqual(rows)
}

/** Recovery, while the database fails it and its own process dies in the middle of it. */
async function recoverAtLast(disk: FakeDisk, store: FakeStore, chance: Chance): Promise<void> {
  for (;;) {
    disk.crashAt = disk.operations + chance.below(6)
    try {
      await recover({ disk, log: silentLog, write: store.write })
      return
    } catch {
      disk.isDead = false
    }
  }
}

function checkRequest(
  { id, record, ticket, isBilled, isOffered, isSafe, flushedOutput, notedOutput }: SimulatedRequest,
  { store, spool, hasForgotten }: SimulatedGateway,
  death: Run['death'],
  durability: 'sync' | 'async',
): void {
  // Two deaths at once: the kernel forgot it, no segment could take it, and then the process went too.
  const isHomeless = spool.homeless.some(waiter => waiter.ticket === ticket)
  // The kernel forgot its beginning, and there was no room to write it again.
  const isOnFailed = ticket !== undefined && (ticket.segment.hasFailed || ticket.noted.hasFailed)
  const isSuspect = isOnFailed && !spool.hasRoom()
  const isKept = death === 'process' && !hasForgotten && !isHomeless && !isSuspect
  const row = store.rows.get(id)
  if (isSafe && (durability === 'sync' || isKept)) {
    expectRow(store, id, [record])
    return
  }
  if (!row) {
    if (isBilled && isKept) throw new Error(`${id} was billed and has no row`)
    return
  }
  if (Bun.deepEquals(row, record) && isOffered) return
  if (row.errorCode !== 'gateway_crashed') throw new Error(`${id} has the figures of nobody`)
  const output = row.usage?.outputTokens ?? 0
  if (output > notedOutput || (isKept && output < flushedOutput))
    throw new Error(`${id} has an estimate of ${output}, checkpoints said ${flushedOutput} to ${notedOutput}`)
}

function expectRow(store: FakeStore, id: string, records: unknown[]): void {
  const row = store.rows.get(id)
  if (!row) throw new Error(`${id} was safe and has no row`)
  if (!records.some(record => Bun.deepEquals(row, record)))
    throw new Error(`${id} was safe and its row is wrong`)
}

/** The requests of a file that are not stored and stand nowhere else. */
function neededIn(name: string, { disk, store, requests }: SimulatedGateway): string[] {
  const idsIn = (file: string) =>
    scanFrames(disk.files.get(file)!.cached).frames.flatMap(({ kind, payload }) =>
      kind === 'meter'
        ? []
        : [(kind === 'end' ? decodeRecord : decodeDispatch)(Buffer.from(payload).toString()).requestId],
    )
  const gone = new Set(idsIn(name))
  const rest = new Set([...disk.files.keys()].filter(file => file !== name).flatMap(idsIn))
  // One that was neither begun nor safe is still in its caller's hands.
  const needed = requests.filter(({ id, isBilled, isSafe }) => (isBilled || isSafe) && !store.rows.has(id))
  // Sent to a second vendor, its new dispatch in the kernel alone, and the kernel forgot it: the first one is out of date.
  const isForgotten = ({ isSentAgain, ticket }: SimulatedRequest) => isSentAgain && ticket?.segment.hasFailed
  const ids = needed.filter(request => !isForgotten(request)).map(({ id }) => id)
  return ids.filter(id => gone.has(id) && !rest.has(id))
}

for (const death of ['process', 'machine'] as const) {
  test(`every crash at every write and sync, by ${death} death, loses and doubles nothing`, async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const faults = seed % 2 === 0 ? { ...NO_FAULTS, shortWrite: 0.2 } : NO_FAULTS
      const operations = await simulate({ seed, death, faults })
      for (let crashAt = 0; crashAt < operations; crashAt++) await simulate({ seed, crashAt, death, faults })
    }
  }, 120_000)
}

for (const durability of ['sync', 'async'] as const) {
  test(`a bad disk, a bad database and a crash lose and double nothing (${durability})`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      const chance = new Chance(seed + 1_000_000)
      await simulate({
        seed,
        crashAt: chance.happens(0.9) ? chance.below(200) : undefined,
        death: chance.pick(['process', 'machine']),
        faults: chance.happens(0.8) ? BAD_DISK : NO_FAULTS,
        durability,
        requests: chance.pick([4, 10, 20, 50]),
      })
    }
  }, 600_000)
}
