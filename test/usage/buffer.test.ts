import { describe, expect, test } from 'bun:test'
import { newId } from '../../src/lib/id'
import { createLog, type Log, silentLog } from '../../src/lib/log'
import { admit } from '../../src/limits/admit'
import { UsageBuffer } from '../../src/usage/buffer'
import type { UsageRecord } from '../../src/usage/record'
import { auditRow } from '../db/rows'

const MIB = 1024 * 1024

/** A store that takes batches, refuses them, or keeps them waiting; it remembers every one that it was given. */
class FakeStore {
  readonly batches: string[][] = []
  readonly stored = new Map<string, number>()
  answer: 'take' | 'refuse' | 'hang' | 'take but fail' = 'take'
  private released: (() => void)[] = []

  readonly write = async (records: readonly UsageRecord[]): Promise<void> => {
    this.batches.push(records.map(record => record.requestId))
    if (this.answer === 'hang') await new Promise<void>(resolve => this.released.push(resolve))
    if (this.answer === 'refuse') throw new Error('away')
    for (const { requestId } of records)
      if (!this.stored.has(requestId)) this.stored.set(requestId, this.stored.size)
    if (this.answer === 'take but fail') throw new Error('lost in the answer')
  }

  release(): void {
    this.answer = 'take'
    for (const resolve of this.released.splice(0)) resolve()
  }
}

function setUp(log: Log = silentLog) {
  let offset = 0
  const store = new FakeStore()
  const clock = { now: () => performance.now() + offset, date: () => Date.now() }
  const buffer = new UsageBuffer({ clock, log, write: store.write })
  return { buffer, store, advance: (ms: number) => (offset += ms) }
}

const record = (change: Partial<UsageRecord> = {}): UsageRecord => auditRow({ requestId: newId(), ...change })

async function until(isSo: () => boolean, timeoutMs = 5_000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`not so after ${timeoutMs} ms`)
    await Bun.sleep(5)
  }
}

describe('the buffer of usage records', () => {
  test('ships a lone record within a second, without anyone asking', async () => {
    const { buffer, store } = setUp()
    const only = record()
    const begun = performance.now()
    expect(buffer.record(only)).toBeUndefined()
    expect(buffer.size.records).toBe(1)
    await until(() => store.stored.has(only.requestId))
    expect(performance.now() - begun).toBeLessThan(1_000)
    expect(store.batches).toHaveLength(1)
    await until(() => buffer.size.records === 0)
    expect(buffer.size).toEqual({ records: 0, bytes: 0 })
  })

  test('under load writes batches of 200 to 1,000, one at a time, in order', async () => {
    const { buffer, store } = setUp()
    const written: string[] = []
    let atOnce = 0
    let most = 0
    const { write } = store
    const slow = new UsageBuffer({
      clock: { now: () => performance.now(), date: () => Date.now() },
      log: silentLog,
      write: async records => {
        most = Math.max(most, ++atOnce)
        await Bun.sleep(20)
        await write(records)
        atOnce--
      },
    })
    // About 10,000 a second.
    for (let burst = 0; burst < 100; burst++) {
      for (let index = 0; index < 50; index++) {
        const next = record()
        written.push(next.requestId)
        slow.record(next)
      }
      await Bun.sleep(5)
    }
    await until(() => slow.size.records === 0)
    expect(most).toBe(1)
    expect(store.batches.flat()).toEqual(written)
    const sizes = store.batches.map(batch => batch.length)
    expect(sizes.slice(0, -1).filter(size => size < 200 || size > 1_000)).toEqual([])
    expect(buffer.size.records).toBe(0)
  })

  test('while the store is away keeps everything, tries again ever later, and stores each record once', async () => {
    const lines: string[] = []
    const log = createLog('warn', line => lines.push(line), true, Date.now)
    const { buffer, store } = setUp(log)
    store.answer = 'refuse'
    const ids = Array.from({ length: 450 }, () => record()).map(each => {
      buffer.record(each)
      return each.requestId
    })
    const at: number[] = []
    const push = store.batches.push.bind(store.batches)
    store.batches.push = (...batches) => {
      at.push(performance.now())
      return push(...batches)
    }
    await until(() => at.length >= 4)
    const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0))
    expect(gaps[0]).toBeGreaterThan(80)
    expect(gaps[1]).toBeGreaterThan(180)
    expect(gaps[2]).toBeGreaterThan(360)
    expect(buffer.size.records).toBe(450)
    expect(lines.length).toBeGreaterThanOrEqual(3)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', records: 450, failures: 1 })

    store.answer = 'take'
    await until(() => buffer.size.records === 0)
    expect([...store.stored.keys()]).toEqual(ids)
  })

  test('sends the same batch again when its fate is unknown, and loses none that came meanwhile', async () => {
    const { buffer, store } = setUp()
    store.answer = 'take but fail'
    const before = record()
    buffer.record(before)
    await until(() => store.batches.length === 1)
    const after = record()
    buffer.record(after)
    store.answer = 'take'
    await until(() => buffer.size.records === 0)
    expect(store.batches[1]).toContain(before.requestId)
    expect([...store.stored.keys()]).toEqual([before.requestId, after.requestId])
  })

  test('says that it has no room before one record is lost, and has room again after', async () => {
    const { buffer, store } = setUp()
    store.answer = 'refuse'
    const limits = { canRecord: () => buffer.hasRoom(), inFlight: 0, draining: false }
    let taken = 0
    while (buffer.hasRoom()) {
      admit(limits).release()
      buffer.record(record())
      taken++
    }
    expect(buffer.size.bytes).toBeGreaterThan(50 * MIB)
    expect(buffer.size.bytes).toBeLessThanOrEqual(64 * MIB)
    expect(() => admit(limits)).toThrow(
      expect.objectContaining({ status: 503, code: 'usage_store_unavailable' }),
    )
    // What was admitted before still ends, and is kept.
    for (let index = 0; index < 1_000; index++) buffer.record(record())
    expect(buffer.size.records).toBe(taken + 1_000)

    store.answer = 'take'
    expect(await buffer.drain(20_000)).toBe(true)
    expect(store.stored.size).toBe(taken + 1_000)
    expect(buffer.size.bytes).toBe(0)
    expect(buffer.hasRoom()).toBe(true)
    admit(limits).release()
  }, 30_000)

  test('counts what a vendor may make long', () => {
    const { buffer, store } = setUp()
    store.answer = 'refuse'
    const attempts = [
      { vendor: 'v', model: 'm', status: 200, durationMs: 1, vendorRequestId: 'x'.repeat(50_000) },
    ]
    buffer.record(record({ model: 'm'.repeat(50_000), finishReason: 'f'.repeat(50_000), attempts }))
    expect(buffer.size.bytes).toBeGreaterThan(150_000)
  })
})

describe('draining the buffer', () => {
  test('stores what is left without waiting for the pause', async () => {
    const { buffer, store } = setUp()
    for (let index = 0; index < 2_500; index++) buffer.record(record())
    const begun = performance.now()
    expect(await buffer.drain(5_000)).toBe(true)
    expect(performance.now() - begun).toBeLessThan(600)
    expect(store.stored.size).toBe(2_500)
  })

  test('takes records that arrive meanwhile', async () => {
    const { buffer, store } = setUp()
    store.answer = 'hang'
    buffer.record(record())
    const drained = buffer.drain(5_000)
    await until(() => store.batches.length === 1)
    buffer.record(record())
    store.release()
    expect(await drained).toBe(true)
    expect(store.stored.size).toBe(2)
  })

  test('gives up at its deadline, also in the middle of a write that hangs, and loses nothing by it', async () => {
    const { buffer, store } = setUp()
    store.answer = 'hang'
    buffer.record(record())
    const begun = performance.now()
    expect(await buffer.drain(300)).toBe(false)
    expect(performance.now() - begun).toBeGreaterThan(290)
    expect(performance.now() - begun).toBeLessThan(600)
    expect(buffer.size.records).toBe(1)
    store.release()
    await until(() => buffer.size.records === 0)
    expect(store.stored.size).toBe(1)
  })

  test('tries until its deadline while the store refuses', async () => {
    const { buffer, store, advance } = setUp()
    store.answer = 'refuse'
    buffer.record(record())
    const drained = buffer.drain(60_000)
    await until(() => store.batches.length >= 3)
    advance(60_000)
    expect(await drained).toBe(false)
    expect(buffer.size.records).toBe(1)
  })

  test('of nothing is done at once', async () => {
    expect(await setUp().buffer.drain(0)).toBe(true)
  })
})
