import { expect, test } from 'bun:test'
import { type PriceProblem, parsePrice, UNITS_PER_PRICE } from '../../src/catalog/rate'

function problemsOf(spec: unknown): PriceProblem[] {
  const parsed = parsePrice(spec)
  return 'problems' in parsed ? parsed.problems : []
}

function priceOf(spec: unknown) {
  const parsed = parsePrice(spec)
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.price
}

test('reads decimal strings as whole pico-dollars for whole units', () => {
  const { rates, tiers } = priceOf({ input: '0.0375', audio_hour: '0.111', image: '0.04', character: '15' })
  expect(rates.input).toEqual({ amountPicoUsd: 37_500_000_000n, per: 1_000_000n })
  expect(rates.audio_hour).toEqual({ amountPicoUsd: 111_000_000_000n, per: 3600n })
  expect(rates.image).toEqual({ amountPicoUsd: 40_000_000_000n, per: 1n })
  expect(rates.character).toEqual({ amountPicoUsd: 15_000_000_000_000n, per: 1_000_000n })
  expect(tiers).toEqual([])
})

test('counts a minute of audio as sixty seconds, a request as one', () => {
  expect(UNITS_PER_PRICE.audio_minute).toBe(60n)
  expect(UNITS_PER_PRICE.request).toBe(1n)
})

test('reads tiers with their first count of tokens', () => {
  const { tiers } = priceOf({ input: '5', tiers: [{ from_input_tokens: 272_000, input: '10' }] })
  expect(tiers).toEqual([
    { fromInputTokens: 272_000, rates: { input: { amountPicoUsd: 10_000_000_000_000n, per: 1_000_000n } } },
  ])
})

test('names a price by its rates and tiers, whatever their order and their zeros', () => {
  const version = priceOf({ input: '2.50', output: '10' }).version
  expect(version).toMatch(/^[0-9a-f]{12}$/)
  expect(priceOf({ output: '10.0', input: '2.5' }).version).toBe(version)
  expect(priceOf({ input: '2.51', output: '10' }).version).not.toBe(version)
  expect(priceOf({ input: '10', output: '2.50' }).version).not.toBe(version)
  const tiered = { input: '2.50', output: '10', tiers: [{ from_input_tokens: 100, input: '5' }] }
  expect(priceOf(tiered).version).not.toBe(version)
})

test.each([
  ['a number', 2.5],
  ['an exponent', '1e-7'],
  ['a negative amount', '-1'],
  ['more than 12 decimals', '0.1234567890123'],
  ['an empty text', ''],
  ['a comma', '1,5'],
  ['NaN', 'NaN'],
  ['a dollar sign', '$1'],
  ['null', null],
  ['a list', ['1']],
])('T91 refuses %s as an amount and names its field', (_, value) => {
  const [problem, ...others] = problemsOf({ input: value, output: '1' })
  expect(problem?.field).toBe('price.input')
  expect(problem?.found).toBe(JSON.stringify(value))
  expect(problem?.allowed).toContain('decimal string')
  expect(others).toEqual([])
})

test('names every problem at once, unknown meters and those of tiers included', () => {
  const spec = {
    input: 1,
    inptu: '1',
    tiers: [{ from_input_tokens: 0, input: '1' }, { from_input_tokens: 10, output: 'x', from: 1 }, 'tier'],
  }
  expect(problemsOf(spec).map(({ field }) => field)).toEqual([
    'price.input',
    'price.inptu',
    'price.tiers[0].from_input_tokens',
    'price.tiers[1].output',
    'price.tiers[1].from',
    'price.tiers[2]',
  ])
})

test('wants tiers that rise', () => {
  const tiers = [
    { from_input_tokens: 200, input: '2' },
    { from_input_tokens: 200, input: '3' },
  ]
  expect(problemsOf({ input: '1', tiers })[0]?.field).toBe('price.tiers[1].from_input_tokens')
})

test('refuses the same seconds charged by the minute and by the hour', () => {
  expect(problemsOf({ audio_minute: '0.006', audio_hour: '0.36' })[0]?.field).toBe('price.audio_hour')
})

test.each([[undefined], [null], ['2.50'], [[]], [{}]])('refuses %p as a price', spec => {
  expect(problemsOf(spec)[0]?.field).toBe('price')
})

test('does not repeat a long value that was set by mistake', () => {
  expect(problemsOf({ input: 'x'.repeat(5000) })[0]?.found.length).toBeLessThan(60)
})
