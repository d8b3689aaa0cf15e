import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Caller } from '../../src/auth/caller'
import { hashKey } from '../../src/auth/key-format'
import { KeyTable } from '../../src/auth/key-table'
import { SCOPES, toScopes } from '../../src/auth/scope'
import { PERIODS } from '../../src/lib/period'
import { anyCaller } from './any-caller'

const time = fc.option(fc.integer({ min: 0, max: 8_640_000_000_000_000 }))
const limit = fc.option(fc.integer({ min: 1, max: 1_000_000_000 }))
const change = fc.record({
  keyId: fc.uuid(),
  tenantId: fc.uuid(),
  version: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  scopes: fc.subarray([...SCOPES]).map(toScopes),
  models: fc.option(fc.array(fc.string({ unit: 'binary' }))),
  limits: fc.option(fc.record({ rpm: limit, tpm: limit, concurrency: limit })),
  budget: fc.option(
    fc.record({ limitPicoUsd: fc.bigInt({ min: 0n, max: 10n ** 37n }), period: fc.constantFrom(...PERIODS) }),
  ),
  notBefore: time,
  expiresAt: time,
  revokedAt: time,
})

test('a key comes out as it was put in, with the secret before', () => {
  fc.assert(
    fc.property(change, fc.string(), time, (changed, secret, until) => {
      const table = new KeyTable()
      const caller = anyCaller(secret, changed)
      const old = { ...caller, hash: hashKey(`old ${secret}`), expiresAt: until }
      table.put(caller, old)
      expect(table.find(caller.hash)).toEqual(caller)
      expect(table.find(old.hash)).toEqual(old)
      expect(table.size).toBe(1)
    }),
  )
})

/** What the table must know after the same steps: the slow way. */
class Naive {
  private readonly keys = new Map<string, Caller[]>()

  put(caller: Caller, old: Caller | undefined): void {
    const present = this.keys.get(caller.keyId)?.[0]
    if (present && present.version > caller.version) return
    this.keys.set(caller.keyId, old ? [caller, old] : [caller])
  }
  forget(keyId: string): void {
    this.keys.delete(keyId)
  }
  find(hash: string): Caller | undefined {
    return [...this.keys.values()].flat().find(caller => caller.hash === hash)
  }
  get size(): number {
    return this.keys.size
  }
}

const KEYS = Array.from({ length: 12 }, (_, index) => anyCaller(`${index}`))
const secretOf = (key: number, secret: number) => hashKey(`${key}-${secret}`)

test('whatever is put in, replaced, rotated and forgotten, it knows what a slow one knows', () => {
  const step = fc.record({
    key: fc.nat(KEYS.length - 1),
    secret: fc.nat(3),
    version: fc.nat(9),
    has: fc.constantFrom('one', 'two', 'none'),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), steps => {
      const [table, naive] = [new KeyTable(), new Naive()]
      for (const { key, secret, version, has } of steps) {
        const caller = { ...KEYS[key]!, version, hash: secretOf(key, secret) }
        const old = has === 'two' ? { ...caller, hash: secretOf(key, secret + 1), expiresAt: 9 } : undefined
        for (const each of [table, naive])
          if (has === 'none') each.forget(caller.keyId)
          else each.put(caller, old)
      }
      expect(table.size).toBe(naive.size)
      for (const [key] of KEYS.entries())
        for (const secret of [0, 1, 2, 3, 4]) {
          const hash = secretOf(key, secret)
          expect(table.find(hash)).toEqual(naive.find(hash))
        }
    }),
  )
})

test('a hundred thousand keys take less than 200 bytes each', () => {
  const before = process.memoryUsage().arrayBuffers
  const table = new KeyTable()
  const limits = { rpm: 600, tpm: 100_000, concurrency: null }
  for (let index = 0; index < 100_000; index++)
    table.put(anyCaller(`${index}`, index % 10 === 0 ? { limits } : {}), undefined)
  expect((process.memoryUsage().arrayBuffers - before) / 100_000).toBeLessThan(200)
  expect(table.size).toBe(100_000)
  expect(table.find(hashKey('77770'))).toMatchObject({ limits })
})

test('what is no hash is no key’s', () => {
  const table = new KeyTable()
  table.put(anyCaller('k'), undefined)
  for (const text of ['', 'stranger-1', hashKey('k').slice(1), `${hashKey('k')}0`, 'g'.repeat(64)])
    expect(table.find(text)).toBeUndefined()
})
