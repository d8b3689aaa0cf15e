import { expect, test } from 'bun:test'
import fc from 'fast-check'
import {
  decodeCheckpoint,
  decodeDispatch,
  decodeRecord,
  encodeCheckpoint,
  encodeDispatch,
  encodeRecord,
} from '../../src/usage/journal'
import { NO_USAGE } from '../../src/wire/usage'
import { sampleCheckpoint, sampleDispatch, sampleRecord } from './sample'

const amount = fc.bigInt({ min: 0n, max: 10n ** 24n })
const names = fc.string({ unit: 'binary' })
const rates = fc.record(
  {
    input: fc.record({ amountPicoUsd: amount, per: amount }),
    output: fc.record({ amountPicoUsd: amount, per: amount }),
  },
  { requiredKeys: [] },
)

test('a dispatch comes back as it went, prices to the last digit', () => {
  fc.assert(
    fc.property(names, rates, fc.array(rates, { maxLength: 2 }), (name, base, tiers) => {
      const price = {
        version: name,
        rates: base,
        tiers: tiers.map((tier, index) => ({ fromInputTokens: index * 1_000, rates: tier })),
      }
      const dispatch = { ...sampleDispatch('x'), modelRequested: name, price }
      expect(decodeDispatch(encodeDispatch(dispatch))).toEqual(dispatch)
      expect(decodeDispatch(encodeDispatch({ ...dispatch, requestId: 'y' })).requestId).toBe('y')
    }),
  )
})

test('a record comes back as it went, its money beyond what a float holds', () => {
  fc.assert(
    fc.property(names, amount, (name, costPicoUsd) => {
      const record = { ...sampleRecord('x'), modelRequested: name, costPicoUsd }
      expect(decodeRecord(encodeRecord(record))).toEqual(record)
    }),
  )
})

test('a checkpoint comes back as it went', () => {
  for (const usage of [null, { ...NO_USAGE, inputTokens: 3, audioSeconds: 1.25 }]) {
    const checkpoint = { ...sampleCheckpoint('x', 12), usage }
    expect(decodeCheckpoint(encodeCheckpoint(checkpoint))).toEqual(checkpoint)
  }
})

test('what is none of them is refused', () => {
  for (const text of ['', '{', 'null', '{}', '"x"']) {
    expect(() => decodeRecord(text)).toThrow()
    expect(() => decodeDispatch(text)).toThrow()
  }
})
