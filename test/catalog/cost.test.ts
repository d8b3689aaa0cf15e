import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type CostLine, cost } from '../../src/catalog/cost'
import { METERS, type Meter, type Price } from '../../src/catalog/price'
import { type PriceSpec, parsePrice } from '../../src/catalog/rate'
import { NO_USAGE, type Usage } from '../../src/wire/usage'

const INPUT: Meter[] = [
  'input',
  'cached_input',
  'cache_write',
  'cache_write_1h',
  'audio_input',
  'image_input',
]
const OUTPUT: Meter[] = ['output', 'reasoning', 'audio_output', 'image_output']

function priceOf(spec: PriceSpec): Price {
  const parsed = parsePrice(spec)
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems))
  return parsed.price
}

const used = (usage: Partial<Usage>): Usage => ({ ...NO_USAGE, ...usage })
const quantities = (lines: readonly CostLine[]) =>
  Object.fromEntries(lines.map(line => [line.meter, line.quantity]))
const sum = (lines: readonly CostLine[], meters: readonly Meter[]) =>
  lines.filter(({ meter }) => meters.includes(meter)).reduce((total, { quantity }) => total + quantity, 0n)

test('charges each class of tokens once, at its own rate', () => {
  const usage = used({
    inputTokens: 1000,
    cachedInputTokens: 400,
    cacheWriteTokens: 200,
    cacheWrite1hTokens: 100,
    outputTokens: 50,
    reasoningTokens: 20,
  })
  const price = priceOf({
    input: '5',
    cached_input: '0.5',
    cache_write: '6.25',
    cache_write_1h: '10',
    output: '25',
    reasoning: '30',
  })
  const { lines, totalPicoUsd } = cost(usage, price)
  expect(quantities(lines)).toEqual({
    input: 300n,
    cached_input: 400n,
    cache_write: 200n,
    cache_write_1h: 100n,
    output: 30n,
    reasoning: 20n,
  })
  // 300×5 + 400×0.5 + 200×6.25 + 100×10 + 30×25 + 20×30 = 5300 dollars per million tokens.
  expect(totalPicoUsd).toBe(5_300_000_000n)
})

test.each<[Meter, Partial<Usage>, bigint]>([
  ['cached_input', { inputTokens: 7, cachedInputTokens: 7 }, 14n],
  ['cache_write', { inputTokens: 7, cacheWriteTokens: 7 }, 14n],
  ['cache_write_1h', { inputTokens: 7, cacheWrite1hTokens: 7 }, 14n],
  ['audio_input', { inputTokens: 7, audioInputTokens: 7 }, 14n],
  ['image_input', { inputTokens: 7, imageInputTokens: 7 }, 14n],
  ['reasoning', { outputTokens: 7, reasoningTokens: 7 }, 56n],
  ['audio_output', { outputTokens: 7, audioOutputTokens: 7 }, 56n],
  ['image_output', { outputTokens: 7, imageOutputTokens: 7 }, 56n],
])('charges %s without a rate of its own as the class that it is part of', (meter, usage, costPicoUsd) => {
  const { lines } = cost(used(usage), priceOf({ input: '0.000002', output: '0.000008' }))
  expect(lines).toMatchObject([{ meter, quantity: 7n, costPicoUsd }])
})

test('charges one-hour cache writes as input where only the short ones are priced', () => {
  const usage = used({ inputTokens: 10, cacheWrite1hTokens: 10 })
  expect(cost(usage, priceOf({ input: '1', cache_write: '9' })).totalPicoUsd).toBe(10_000_000n)
})

test('prices the whole request by the highest tier that its input reaches', () => {
  const price = priceOf({
    input: '1',
    output: '1',
    cached_input: '0.1',
    tiers: [
      { from_input_tokens: 100, input: '2', output: '3' },
      { from_input_tokens: 200, input: '4', output: '5' },
    ],
  })
  const total = (inputTokens: number) => cost(used({ inputTokens, outputTokens: 10 }), price).totalPicoUsd
  expect(total(99)).toBe(109_000_000n)
  expect(total(100)).toBe(230_000_000n)
  expect(total(199)).toBe(428_000_000n)
  expect(total(200)).toBe(850_000_000n)
  const cached = cost(used({ inputTokens: 200, cachedInputTokens: 200 }), price)
  expect(cached.totalPicoUsd).toBe(20_000_000n)
})

test('rounds each line up, once', () => {
  const price = priceOf({ audio_hour: '0.111', request: '0.000000000001' })
  const { lines, totalPicoUsd } = cost(used({ audioSeconds: 0.001 }), price)
  expect(lines).toEqual([
    {
      meter: 'audio_hour',
      quantity: 1n,
      amountPicoUsd: 111_000_000_000n,
      per: 3_600_000n,
      costPicoUsd: 30_834n,
    },
    { meter: 'request', quantity: 1n, amountPicoUsd: 1n, per: 1n, costPicoUsd: 1n },
  ])
  expect(totalPicoUsd).toBe(30_835n)
})

test('counts audio by the millisecond: an hour costs exactly an hour', () => {
  expect(cost(used({ audioSeconds: 3600 }), priceOf({ audio_hour: '0.111' })).totalPicoUsd).toBe(
    111_000_000_000n,
  )
  expect(cost(used({ audioSeconds: 1.1 }), priceOf({ audio_minute: '0.06' })).totalPicoUsd).toBe(
    1_100_000_000n,
  )
})

test('charges characters and images by their own meters', () => {
  const { lines } = cost(used({ characters: 1000, images: 2 }), priceOf({ character: '15', image: '0.04' }))
  expect(lines.map(({ costPicoUsd }) => costPicoUsd)).toEqual([15_000_000_000n, 80_000_000_000n])
})

test('leaves out what was not used and what has no rate', () => {
  expect(
    cost(used({ audioSeconds: 3, inputTokens: 5 }), priceOf({ audio_minute: '0.006' })).lines,
  ).toHaveLength(1)
  expect(cost(NO_USAGE as Usage, priceOf({ input: '1', output: '1' }))).toEqual({
    lines: [],
    totalPicoUsd: 0n,
  })
})

test('keeps the line of a free class, so that a record shows what was used', () => {
  const { lines } = cost(used({ inputTokens: 5 }), priceOf({ input: '0' }))
  expect(lines).toMatchObject([{ meter: 'input', quantity: 5n, costPicoUsd: 0n }])
})

test('cuts parts that claim more than their total, so that nothing is charged twice', () => {
  const usage = used({ inputTokens: 100, cachedInputTokens: 90, cacheWriteTokens: 50, audioInputTokens: 7 })
  const { lines } = cost(usage, priceOf({ input: '1', output: '1' }))
  expect(quantities(lines)).toEqual({ cached_input: 90n, cache_write: 10n })
})

const count = fc.oneof(fc.nat(20), fc.nat(2_000_000), fc.maxSafeNat())
const anyUsage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: count,
  cachedInputTokens: count,
  cacheWriteTokens: count,
  cacheWrite1hTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  audioInputTokens: count,
  audioOutputTokens: count,
  imageInputTokens: count,
  imageOutputTokens: count,
  audioSeconds: fc.double({ min: 0, max: 1e9, noNaN: true }),
  characters: count,
  images: count,
})
const amount = fc
  .tuple(fc.nat(999), fc.bigInt({ min: 0n, max: 999_999_999_999n }))
  .map(([whole, fraction]) => `${whole}.${fraction.toString().padStart(12, '0')}`)
const rates = fc.record(
  Object.fromEntries(METERS.filter(meter => meter !== 'audio_hour').map(meter => [meter, amount])),
  { requiredKeys: [] },
)
const anyPrice = fc
  .tuple(
    rates,
    amount,
    amount,
    fc.uniqueArray(fc.integer({ min: 1, max: 3_000_000 }), { maxLength: 3 }),
    rates,
  )
  .map(([base, input, output, starts, tier]) =>
    priceOf({
      ...base,
      input,
      output,
      tiers: starts.sort((a, b) => a - b).map(from_input_tokens => ({ ...tier, from_input_tokens })),
    }),
  )

test('for any usage and price: classes add up to the totals, lines to the cost, and none is negative', () => {
  fc.assert(
    fc.property(anyUsage, anyPrice, (usage, price) => {
      const { lines, totalPicoUsd } = cost(usage, price)
      expect(sum(lines, INPUT)).toBe(BigInt(usage.inputTokens))
      expect(sum(lines, OUTPUT)).toBe(BigInt(usage.outputTokens))
      expect(lines.reduce((total, line) => total + line.costPicoUsd, 0n)).toBe(totalPicoUsd)
      expect(new Set(lines.map(({ meter }) => meter)).size).toBe(lines.length)
      for (const { quantity, amountPicoUsd, per, costPicoUsd } of lines) {
        expect(quantity > 0n && costPicoUsd >= 0n).toBe(true)
        const exact = quantity * amountPicoUsd
        expect(costPicoUsd * per >= exact && (costPicoUsd - 1n) * per < exact).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})

test('for any price without cheaper tiers: more tokens never cost less', () => {
  fc.assert(
    fc.property(anyUsage, amount, amount, fc.nat(1000), (usage, input, output, more) => {
      const price = priceOf({ input, output })
      const grown = { ...usage, inputTokens: Math.min(usage.inputTokens + more, Number.MAX_SAFE_INTEGER) }
      expect(cost(grown, price).totalPicoUsd >= cost(usage, price).totalPicoUsd).toBe(true)
    }),
  )
})
