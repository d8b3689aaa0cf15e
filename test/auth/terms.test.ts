import { expect, test } from 'bun:test'
import { toScopes } from '../../src/auth/scope'
import { type Terms, TermsTable } from '../../src/auth/terms'

const terms = (change: Partial<Terms> = {}): Terms => ({
  scopes: toScopes(['llm', 'usage:read']),
  models: null,
  limits: null,
  budget: null,
  ...change,
})

test('what was taken is read again, to the pico-dollar', () => {
  const table = new TermsTable()
  for (const each of [
    terms(),
    terms({ scopes: [] }),
    terms({ models: [] }),
    terms({ models: ['claude-*', 'ü"\\'] }),
    terms({ limits: { rpm: 1, tpm: null, concurrency: 1_000_000_000 } }),
    terms({ budget: { limitPicoUsd: 123_456_789_012_345_678_901_234_567_890n, period: 'week' } }),
    terms({ budget: { limitPicoUsd: 0n, period: 'total' } }),
  ])
    expect(table.read(table.take(each))).toEqual(each)
  expect(table.size).toBe(7)
})

test('the same terms are kept once, for as long as one has them', () => {
  const table = new TermsTable()
  const first = table.take(terms({ limits: { rpm: 1, tpm: 2, concurrency: null } }))
  expect(table.take(terms({ limits: { concurrency: null, tpm: 2, rpm: 1 } }))).toBe(first)
  const other = table.take(terms())
  expect(other).not.toBe(first)
  table.drop(first)
  expect(table.read(first).limits).toEqual({ rpm: 1, tpm: 2, concurrency: null })
  table.drop(first)
  expect(table.size).toBe(1)
  expect(() => table.read(first)).toThrow()
  // Its number is another's now.
  expect(table.take(terms({ models: ['m'] }))).toBe(first)
  expect(table.read(other)).toEqual(terms())
})
