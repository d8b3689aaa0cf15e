import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { LedgerQuantities, StoredRecord } from '../../src/db/ledger-row'
import { readRecordText } from '../../src/db/read-record-text'
import { QUANTITIES } from '../../src/db/record-columns'
import { recordText, valuesOfText } from '../../src/db/record-text'
import { decodeRecord } from '../../src/usage/journal'
import { toStored } from '../../src/usage/stored-record'
import { auditRow } from './rows'

/** As JSON has it: without a negative zero. */
const json = fc.jsonValue().map(value => JSON.parse(JSON.stringify(value)))
const word = fc.string({ unit: 'binary' })
const quantities = fc
  .tuple(...QUANTITIES.map(() => fc.nat()))
  .map(
    counts => Object.fromEntries(QUANTITIES.map(([, field], index) => [field, counts[index]])) as never,
  ) as fc.Arbitrary<LedgerQuantities>

test('a record’s text is read as it was written, whatever its strings hold, each quantity at its place', () => {
  const line = fc.record({
    kind: fc.constant('usage' as const),
    source: fc.constant('vendor' as const),
    quantities,
    costPicoUsd: fc.bigInt({ min: 0n, max: 10n ** 24n }),
  })
  fc.assert(
    fc.property(word, word, fc.option(line), json, (model, user, line, raw) => {
      const { usage, ...row } = auditRow({ model, rawUsage: raw, ...(user && { notes: { user } }) })
      const record = { audit: row, line, leases: { tenant: 'lease' } } as unknown as StoredRecord
      const { audit, ...read } = readRecordText(recordText(record))
      const sums = { usage: audit.usage, costPicoUsd: line?.costPicoUsd ?? 0n }
      const expected = { ...row, ...sums, usageSource: line?.source ?? null }
      if (raw === null) delete expected.rawUsage
      expect(audit as object).toEqual(expected)
      expect(read as object).toEqual({ line, leases: { tenant: 'lease' } })
    }),
  )
})

test('usage comes back as the sums that callers see', () => {
  const row = auditRow()
  expect(decodeRecord(recordText(toStored(row)))).toEqual(row)
})

test('a text begins with its id, holds nothing undefined and no name of a value', () => {
  const text = recordText(toStored(auditRow({ requestId: 'the-id' })))
  expect(text.startsWith('["the-id",')).toBe(true)
  expect(valuesOfText(text)).toHaveLength(40)
  expect(text).not.toContain('requestId')
})

test('what is no record is refused', () => {
  for (const text of ['', '{}', '[]', '[1]', 'null', '["x"'])
    expect(() => readRecordText(text)).toThrow(text === '[1]' || text === '{}' ? TypeError : Error)
})
