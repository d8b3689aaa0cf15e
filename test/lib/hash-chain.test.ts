import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { CHAIN_START, canonicalJson, linkHash } from '../../src/lib/hash-chain'

test('members are in the order of their names, on every level, and absent ones are left out', () => {
  expect(canonicalJson({ b: 1, a: { d: [1, undefined, { z: null, y: 'é"' }], c: undefined } })).toBe(
    '{"a":{"d":[1,null,{"y":"é\\"","z":null}]},"b":1}',
  )
})

test('canonical JSON is JSON of the same value, whatever it is', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('a link is of what stood before it and of what it says', () => {
  const first = linkHash(CHAIN_START, { a: 1, b: 2 })
  expect(first).toMatch(/^[0-9a-f]{64}$/)
  expect(linkHash(CHAIN_START, { b: 2, a: 1 })).toBe(first)
  expect(linkHash(CHAIN_START, { a: 1, b: 3 })).not.toBe(first)
  expect(linkHash(first, { a: 1, b: 2 })).not.toBe(first)
})
