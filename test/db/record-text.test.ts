import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { LedgerQuantities, StoredRecord } from '../../src/db/ledger-row'
import { readCharge, readRecordText } from '../../src/db/read-record-text'
import { QUANTITIES } from '../../src/db/record-columns'
import { recordText, valuesOfText } from '../../src/db/record-text'
import { decodeRecord } from '../../src/usage/journal'
import { toStored } from '../../src/usage/stored-record'
import { NO_USAGE } from '../../src/wire/usage'
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
      const { requestId } = row
      const charge = { requestId, costPicoUsd: sums.costPicoUsd, leases: { tenant: 'lease' } }
      expect(readCharge(recordText(record))).toEqual(charge)
    }),
  )
})

test('usage comes back as the sums that callers see', () => {
  const row = auditRow()
  expect(decodeRecord(recordText(toStored(row)))).toEqual(row)
})

test('what a record is charged is all its lines’ cost, in the leases that it names', () => {
  const lineOf = (attempt: number, costPicoUsd: bigint) => ({
    ...{ attempt, vendor: 'v', model: 'm', priceVersion: 'p', source: 'vendor' as const, costPicoUsd },
    usage: { ...NO_USAGE, inputTokens: 1 },
  })
  const attempts = [0, 1].map(() => auditRow().attempts[0]!)
  const of = (more: object) => readCharge(recordText(toStored({ ...auditRow({ attempts }), ...more })))
  const both = of({ lines: [lineOf(0, 5n), lineOf(1, 10n ** 20n)], leases: { key: 'k', tenant: 't' } })
  expect(both).toMatchObject({ costPicoUsd: 10n ** 20n + 5n, leases: { key: 'k', tenant: 't' } })
  expect(of({ lines: [lineOf(0, 5n)], leases: { key: 'k' } })).toMatchObject({
    costPicoUsd: 5n,
    leases: { key: 'k' },
  })
  expect(of({ usage: null, costPicoUsd: 0n })).toMatchObject({ costPicoUsd: 0n, leases: undefined })
})

test('a text begins with its id, holds nothing undefined and no name of a value', () => {
  const text = recordText(toStored(auditRow({ requestId: 'the-id' })))
  expect(text.startsWith('["the-id",')).toBe(true)
  expect(valuesOfText(text)).toHaveLength(40)
  expect(text).not.toContain('requestId')
})

test('what is no record is refused', () => {
  for (const text of ['', '{}', '[]', '[1]', 'null', '["x"', '["x"]'])
    for (const read of [readRecordText, readCharge])
      expect(() => read(text)).toThrow(text === '[1]' || text === '{}' ? TypeError : Error)
})
