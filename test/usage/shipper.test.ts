import { expect, spyOn, test } from 'bun:test'
import type { BudgetLeases } from '../../src/db/ledger-row'
import { silentLog } from '../../src/lib/log'
import { encodeDispatch, encodeRecord } from '../../src/usage/journal'
import { Shipper } from '../../src/usage/shipper'
import { ChargeTally, type WrittenBatch, writtenRecord } from '../../src/usage/written-record'
import { startSpool } from '../spool/start-spool'
import { recordsOf } from './records-of'
import { sampleDispatch, sampleRecord } from './sample'

function setUp(options: Parameters<typeof startSpool>[0] = {}) {
  const started = startSpool({ newTally: () => new ChargeTally(), ...options })
  const batches: string[][] = []
  const charges: Record<string, bigint>[] = []
  let isAway = false
  const write = async (batch: WrittenBatch) => {
    if (isAway) throw new Error('away')
    batches.push(recordsOf(batch).map(({ requestId }) => requestId))
    charges.push(Object.fromEntries(batch.charges))
  }
  const shipper = new Shipper({ spool: started.spool, clock: started.clock, log: silentLog, write })
  const commit = async (id: string) => {
    const ticket = started.spool.begin(encodeDispatch(sampleDispatch(id)))
    const safe = started.spool.commit(encodeRecord(sampleRecord(id)), ticket, writtenRecord(sampleRecord(id)))
    await started.settle()
    await safe
  }
  return { ...started, shipper, batches, charges, commit, setAway: (value: boolean) => (isAway = value) }
}

/** What the spool's memory holds need not be read back: all is as it is where it holds nothing. */
const MEMORIES = [0, 10_000_000]

test.each(MEMORIES)('ships each record once, in batches, in the order of writing (%i)', async memoryBytes => {
  const { shipper, batches, commit, settle } = setUp({ memoryBytes })
  await settle()
  for (const id of ['a', 'b', 'c']) await commit(id)
  expect(await shipper.drain()).toBe(true)
  await commit('d')
  expect(await shipper.drain()).toBe(true)
  expect(batches).toEqual([['a', 'b', 'c'], ['d']])
  expect(shipper.backlogBytes).toBe(0)
})

test.each(MEMORIES)('a backlog is shipped in batches of 200 records and more (%i)', async memoryBytes => {
  const { shipper, batches, spool, settle } = setUp({ segmentBytes: 2 ** 21, maxBytes: 2 ** 24, memoryBytes })
  await settle()
  const ids = Array.from({ length: 400 }, (_, index) => `r${index}`)
  const safe: Promise<void>[] = []
  for (const id of ids) {
    const ticket = spool.begin(encodeDispatch(sampleDispatch(id)))
    safe.push(spool.commit(encodeRecord(sampleRecord(id)), ticket, writtenRecord(sampleRecord(id))))
  }
  await settle()
  await Promise.all(safe)
  expect(await shipper.drain()).toBe(true)
  expect(batches.flat()).toEqual(ids)
  expect(batches.length).toBeLessThanOrEqual(2)
})

test('what is stored is told with what it cost, by the lease that it was reserved from', async () => {
  const { shipper, spool, charges, settle } = setUp()
  await settle()
  const end = (id: string, costPicoUsd: bigint, leases?: BudgetLeases) => {
    const written = writtenRecord({ ...sampleRecord(id), costPicoUsd, leases })
    void spool.commit(written.text, spool.begin(encodeDispatch(sampleDispatch(id))), written)
  }
  end('a', 5n, { key: 'k', tenant: 't' })
  end('b', 7n, { tenant: 't' })
  end('c', 11n)
  await settle()
  await shipper.drain()
  end('d', 13n, { key: 'k' })
  await settle()
  await shipper.drain()
  expect(charges).toEqual([{ k: 5n, t: 12n }, { k: 13n }])
})

test('says how long the oldest record waits, while the store is away', async () => {
  const { shipper, commit, settle, clock, setAway } = setUp()
  await settle()
  expect(shipper.oldestMs).toBe(0)
  await shipper.drain()
  setAway(true)
  clock.advance(1_000)
  await commit('a')
  await shipper.drain()
  clock.advance(60_000)
  await commit('b')
  expect(shipper.oldestMs).toBe(61_000)
  setAway(false)
  await shipper.drain()
  expect(shipper.oldestMs).toBe(0)
})

test.each(MEMORIES)('keeps everything while the store is away, and its files (%i)', async memoryBytes => {
  const { shipper, batches, commit, settle, spool, setAway } = setUp({ memoryBytes })
  await settle()
  setAway(true)
  for (let n = 0; n < 24; n++) await commit(`request-${n}`)
  expect(await shipper.drain()).toBe(false)
  expect(spool.segments.length).toBeGreaterThan(2)
  expect(shipper.backlogBytes).toBeGreaterThan(8_000)
  setAway(false)
  expect(await shipper.drain()).toBe(true)
  expect(batches.flat()).toEqual(Array.from({ length: 24 }, (_, n) => `request-${n}`))
  expect(spool.segments).toHaveLength(1)
})

test('what was read back is kept until it is stored, and not read for each try', async () => {
  const { shipper, batches, commit, settle, spool, setAway } = setUp({ memoryBytes: 0 })
  await settle()
  setAway(true)
  for (const id of ['a', 'b']) await commit(id)
  const segment = spool.segments[0]!
  const read = spyOn(segment, 'read')
  for (let tries = 0; tries < 3; tries++) await shipper.drain()
  expect(read).toHaveBeenCalledTimes(1)
  await commit('c')
  setAway(false)
  expect(await shipper.drain()).toBe(true)
  expect(batches).toEqual([['a', 'b'], ['c']])
  expect(segment.shipped).toBe(segment.flushed)
})

test('a record that cannot be read stops none behind it, and its file stays', async () => {
  const { shipper, batches, commit, settle, spool, disk } = setUp({ memoryBytes: 0 })
  await settle()
  const poison = spool.commit('not json')
  await settle()
  await poison
  const name = spool.segments[0]!.name
  for (let n = 0; n < 24; n++) await commit(`request-${n}`)
  expect(await shipper.drain()).toBe(true)
  expect(batches.flat()).toHaveLength(24)
  expect(spool.segments.some(segment => segment.name === name)).toBe(false)
  expect(disk.files.has(name)).toBe(true)
})

test('a read that fails once is made again', async () => {
  const { shipper, batches, commit, settle, disk } = setUp({ memoryBytes: 0 })
  await settle()
  await commit('a')
  disk.faults = { ...disk.faults, failedRead: 1 }
  await shipper.drain()
  disk.faults = { ...disk.faults, failedRead: 0 }
  await shipper.drain()
  expect(batches.flat()).toEqual(['a'])
})

test('a segment that the disk does not give back is left, and the others go on', async () => {
  const { shipper, batches, commit, settle, spool, disk } = setUp({ memoryBytes: 0 })
  await settle()
  await commit('unread')
  const name = spool.segments[0]!.name
  disk.faults = { ...disk.faults, failedRead: 1 }
  for (let round = 0; round < 5; round++) await shipper.drain()
  disk.faults = { ...disk.faults, failedRead: 0 }
  await commit('next')
  expect(await shipper.drain()).toBe(true)
  expect(batches.flat()).toEqual(['next'])
  expect(disk.files.has(name)).toBe(true)
})

test('goes round by itself once started, and not after it was stopped', async () => {
  const { shipper, batches, commit, settle } = setUp()
  await settle()
  shipper.start()
  await commit('a')
  for (let waited = 0; batches.length === 0 && waited < 2_000; waited += 10) await Bun.sleep(10)
  await shipper.drain()
  await commit('b')
  for (let waited = 0; batches.length === 1 && waited < 2_000; waited += 10) await Bun.sleep(10)
  await shipper.stop()
  await commit('c')
  await Bun.sleep(300)
  expect(batches).toEqual([['a'], ['b']])
})
