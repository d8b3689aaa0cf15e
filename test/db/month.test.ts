import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { firstIdAt, monthNamed, monthOf, monthsFrom } from '../../src/db/month'
import { isId } from '../../src/lib/id'

const moment = fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) })

test('a month reaches from its first millisecond to the next one’s, in UTC', () => {
  const november = monthOf(Date.UTC(2026, 10, 30, 23, 59, 59, 999))
  expect(november).toEqual({
    name: '2026_11',
    startMs: Date.UTC(2026, 10, 1),
    endMs: Date.UTC(2026, 11, 1),
  })
  expect(monthOf(november.endMs).name).toBe('2026_12')
})

test('months follow one another without a gap, over the year’s end too', () => {
  const months = monthsFrom(Date.UTC(2026, 10, 30), 4)
  expect(months.map(({ name }) => name)).toEqual(['2026_11', '2026_12', '2027_01', '2027_02'])
  for (const [index, month] of months.slice(1).entries()) expect(month.startMs).toBe(months[index]!.endMs)
})

test('a partition’s name says its month, another name none', () => {
  fc.assert(fc.property(moment, ms => expect(monthNamed(`ledger_${monthOf(ms).name}`)).toEqual(monthOf(ms))))
  for (const name of ['ledger_default', 'ledger', 'ledger_2026_1', '2026_11_x'])
    expect(monthNamed(name)).toBeUndefined()
})

test('the first id of a millisecond is a UUIDv7 that holds it, and ids are in order of time', () => {
  expect(firstIdAt(Date.UTC(2026, 10, 1))).toBe('01a19467-e800-7000-8000-000000000000')
  fc.assert(
    fc.property(moment, fc.integer({ min: 1, max: 1e9 }), (ms, later) => {
      expect(isId(firstIdAt(ms))).toBe(true)
      expect(Number.parseInt(firstIdAt(ms).replace('-', '').slice(0, 12), 16)).toBe(ms)
      expect(firstIdAt(ms) < firstIdAt(ms + later)).toBe(true)
    }),
  )
})

test('what Bun makes in a millisecond lies between its first id and the next one’s', () => {
  for (const ms of [0, 1, Date.UTC(2026, 10, 1) - 1, Date.UTC(2026, 10, 1)]) {
    const id = Bun.randomUUIDv7('hex', ms)
    expect(id >= firstIdAt(ms) && id < firstIdAt(ms + 1)).toBe(true)
  }
})
