import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { toStored } from '../../src/usage/stored-record'
import { NO_USAGE } from '../../src/wire/usage'
import { auditRow, usage } from '../db/rows'

const FIELDS = Object.keys(NO_USAGE)
const count = fc.nat({ max: 1_000_000 })

test('the line’s classes add up to the sums that callers see, and none is negative', () => {
  const anyUsage = fc.tuple(...FIELDS.map(() => count)).map(counts => ({
    ...NO_USAGE,
    ...Object.fromEntries(FIELDS.map((name, index) => [name, counts[index]])),
  }))
  fc.assert(
    fc.property(anyUsage, used => {
      const { quantities } = toStored(auditRow({ usage: used })).line!
      const { input, cachedInput, cacheWrite, cacheWrite1h, audioInput, imageInput } = quantities
      expect(input + cachedInput + cacheWrite + cacheWrite1h + audioInput + imageInput).toBe(used.inputTokens)
      const { output, reasoning, audioOutput, imageOutput } = quantities
      expect(output + reasoning + audioOutput + imageOutput).toBe(used.outputTokens)
      expect(Math.min(...Object.values(quantities))).toBeGreaterThanOrEqual(0)
      expect([quantities.audioMs, quantities.characters, quantities.images]).toEqual([
        used.audioSeconds * 1_000,
        used.characters,
        used.images,
      ])
    }),
  )
})

test('a line is the vendor’s figures only where the vendor gave them all', () => {
  const kinds = (['vendor', 'drained', 'vendor_partial', 'tokenizer', 'mixed', 'estimated'] as const).map(
    usageSource => toStored(auditRow({ usageSource })).line?.kind,
  )
  expect(kinds).toEqual(['usage', 'usage', 'estimated', 'estimated', 'estimated', 'estimated'])
})

test('figures without a source are an estimate', () => {
  expect(toStored(auditRow({ usageSource: null })).line).toMatchObject({
    kind: 'estimated',
    source: 'estimated',
  })
})

test('without usage there is a line only where something is owed', () => {
  const record = auditRow({ usage: null, usageSource: null })
  expect(toStored({ ...record, costPicoUsd: 0n }).line).toBeNull()
  expect(toStored({ ...record, costPicoUsd: 5n }).line).toMatchObject({ kind: 'estimated', source: null })
})

test('a count that is none is rounded, what is no number or missing is nothing', () => {
  const odd = {
    ...usage,
    inputTokens: 600.5,
    outputTokens: Number.NaN,
    audioSeconds: Number.POSITIVE_INFINITY,
  }
  const { quantities } = toStored(auditRow({ usage: { ...odd, images: undefined } as never })).line!
  expect(quantities).toMatchObject({ input: 601 - 525, output: 0, reasoning: 0, audioMs: 0, images: 0 })
})
