import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { hashKey, isKey, keyPrefix, newAdminKey, newKey } from '../../src/auth/key-format'

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
/** Any key, made of drawn bytes; when they are used up, of more of the same kind. */
const anyKey = fc
  .infiniteStream(fc.nat(255))
  .map(bytes => newKey(length => Uint8Array.from({ length }, () => bytes.next().value as number)))

test('a new key is one of ours: prefix, 30 letters, 6 of checksum', () => {
  fc.assert(
    fc.property(anyKey, key => {
      expect(key).toMatch(/^cm_live_[0-9A-Za-z]{36}$/)
      expect(isKey(key)).toBe(true)
    }),
  )
})

test('the checksum catches every change of one character', () => {
  for (let round = 0; round < 5; round++) {
    const key = newKey(random)
    for (let at = 0; at < key.length; at++)
      for (const letter of BASE62) {
        if (letter === key[at]) continue
        const changed = key.slice(0, at) + letter + key.slice(at + 1)
        if (isKey(changed)) throw new Error(`a change at ${at} was not caught`)
      }
  }
})

test('the checksum catches every exchange of two neighbours', () => {
  fc.assert(
    fc.property(anyKey, fc.nat(42), (key, at) => {
      const exchanged = key.slice(0, at) + key[at + 1] + key[at] + key.slice(at + 2)
      expect(isKey(exchanged)).toBe(exchanged === key)
    }),
    { numRuns: 2000 },
  )
})

test('nothing but a whole key is one', () => {
  fc.assert(
    fc.property(
      anyKey,
      fc.nat(44),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }),
      (key, at, more) => {
        expect(isKey(key.slice(0, at) + key.slice(at + 1))).toBe(at === 44)
        expect(isKey(key.slice(0, at) + more + key.slice(at))).toBe(false)
        expect(isKey(more)).toBe(false)
      },
    ),
  )
})

test('a text of the right form is a key once in 62^6 at most', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...BASE62), minLength: 36, maxLength: 36 }), letters => {
      expect(isKey(`cm_live_${letters}`)).toBe(false)
    }),
    { numRuns: 5000 },
  )
})

test('every letter is as likely at every place', () => {
  const counts = new Map<string, number>()
  const keys = 4000
  for (let i = 0; i < keys; i++)
    for (const letter of newKey(random).slice(8, 38)) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  const expected = (keys * 30) / 62
  expect(counts.size).toBe(62)
  const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
  // 61 degrees of freedom: above 130 once in a million runs. Bytes modulo 62 would give 4,000.
  expect(chiSquare).toBeLessThan(130)
})

test('bytes that would make some letters likelier are drawn again', () => {
  const given: number[] = []
  const key = newKey(length => {
    const bytes = new Uint8Array(length).fill(given.length === 0 ? 248 : 61)
    given.push(...bytes)
    return bytes
  })
  expect(key.slice(8, 38)).toBe('z'.repeat(30))
  expect(given.length).toBe(60)
})

test('an admin key is told apart, and is no caller’s key', () => {
  const key = newAdminKey(random)
  expect(key).toMatch(/^cm_adm_[0-9A-Za-z]{36}$/)
  expect(isKey(key)).toBe(false)
})

test('what is stored is the SHA-256; what is shown are four letters', () => {
  const key = newKey(random)
  expect(hashKey(key)).toBe(new Bun.CryptoHasher('sha256').update(key).digest('hex'))
  expect(keyPrefix(key)).toBe(key.slice(0, 12))
})

test('T36 no text makes the check slow', () => {
  const hostile = ['cm_live_'.repeat(100_000), `cm_live_${'a'.repeat(1e6)}`, `cm_live_${'\t'.repeat(1e6)}`]
  for (const text of hostile) {
    // The least of three: the machine may be busy with other things.
    const times = [1, 2, 3].map(() => {
      const startedAt = performance.now()
      expect(isKey(text)).toBe(false)
      return performance.now() - startedAt
    })
    expect(Math.min(...times)).toBeLessThan(20)
  }
})
