import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { PERIODS, spanOf } from '../../src/lib/period'

const at = (text: string) => Date.parse(text)
const text = (ms: number | null) => ms && new Date(ms).toISOString()

test('T92 periods are those of the calendar in UTC: leap days, year ends and weeks from Monday included', () => {
  for (const [period, date, startsAt, endsAt] of [
    ['day', '2026-12-31T23:59:59.999Z', '2026-12-31T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['day', '2027-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z', '2027-01-02T00:00:00.000Z'],
    ['day', '2026-03-29T01:30:00.000Z', '2026-03-29T00:00:00.000Z', '2026-03-30T00:00:00.000Z'],
    ['week', '2026-11-29T23:59:59.999Z', '2026-11-23T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    ['week', '2026-11-30T00:00:00.000Z', '2026-11-30T00:00:00.000Z', '2026-12-07T00:00:00.000Z'],
    ['week', '2027-01-01T12:00:00.000Z', '2026-12-28T00:00:00.000Z', '2027-01-04T00:00:00.000Z'],
    ['week', '1969-12-30T00:00:00.000Z', '1969-12-29T00:00:00.000Z', '1970-01-05T00:00:00.000Z'],
    ['month', '2028-02-29T23:59:59.999Z', '2028-02-01T00:00:00.000Z', '2028-03-01T00:00:00.000Z'],
    ['month', '2026-12-31T23:59:59.999Z', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  ] as const) {
    const span = spanOf(period, at(date))
    expect([period, date, text(span.startsAt), text(span.endsAt)]).toEqual([period, date, startsAt, endsAt])
  }
  expect(spanOf('total', at('2026-11-29T00:00:00Z'))).toEqual({ startsAt: 0, endsAt: null })
})

test('every moment lies in its period, and the next one begins where it ends', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PERIODS.filter(period => period !== 'total')),
      fc.integer({ min: 0, max: at('2100-01-01T00:00:00Z') }),
      (period, date) => {
        const { startsAt, endsAt } = spanOf(period, date)
        expect(date).toBeGreaterThanOrEqual(startsAt)
        expect(date).toBeLessThan(endsAt!)
        expect(spanOf(period, startsAt)).toEqual({ startsAt, endsAt })
        expect(spanOf(period, endsAt!).startsAt).toBe(endsAt!)
        expect(spanOf(period, startsAt - 1).endsAt).toBe(startsAt)
      },
    ),
  )
})
