import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { cost } from '../../src/catalog/cost'
import { METERS, type Price, type Rate } from '../../src/catalog/price'
import { totalCost } from '../../src/catalog/total-cost'
import { NO_USAGE, type Usage } from '../../src/wire/usage'

const MOST = Number.MAX_SAFE_INTEGER

/** Whole pico-dollars for each piece, as most prices are, or not; some so large that no number holds them. */
const rate: fc.Arbitrary<Rate> = fc.oneof(
  fc.bigInt(0n, 90_000_000n).map(each => ({ amountPicoUsd: each * 3_600_000_000n, per: 1_000_000n })),
  fc.record({ amountPicoUsd: fc.bigInt(0n, 90_000_000_000_000n), per: fc.bigInt(1n, 1_000_000n) }),
  fc.record({ amountPicoUsd: fc.bigInt(0n, 10n ** 27n), per: fc.constantFrom(1n, 60n, 1_000n) }),
)
const rates = fc.record(Object.fromEntries(METERS.map(meter => [meter, rate])), { requiredKeys: [] })
const tier = fc.record({ fromInputTokens: fc.integer({ min: 1, max: 3_000_000 }), rates })
const anyPrice: fc.Arbitrary<Price> = fc
  .record({ version: fc.constant('any'), rates, tiers: fc.array(tier, { maxLength: 3 }) })
  .map(price => ({ ...price, tiers: price.tiers.toSorted((a, b) => a.fromInputTokens - b.fromInputTokens) }))

const count = fc.oneof(fc.constant(0), fc.nat(20), fc.nat(3_000_000), fc.maxSafeNat())
const names = Object.keys(NO_USAGE).filter(name => name !== 'audioSeconds')
const anyUsage = fc.record({
  ...Object.fromEntries(names.map(name => [name, count])),
  audioSeconds: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1e9, noNaN: true })),
}) as fc.Arbitrary<Usage>

test('for any usage and price: the total is that of the lines, to the pico-dollar', () => {
  fc.assert(
    fc.property(anyUsage, anyPrice, (usage, price) => {
      expect(totalCost(usage, price)).toBe(cost(usage, price).totalPicoUsd)
      // By what the price has become known as, too.
      expect(totalCost(usage, price)).toBe(cost(usage, price).totalPicoUsd)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  [MOST, 1n],
  [MOST, 2n],
  [MOST - 1, 3n],
  [1, BigInt(MOST)],
  [1, BigInt(MOST) + 2n],
  [3, 3_002_399_751_580_331n],
])('%p tokens at %p pico-dollars are not rounded to what a number holds', (inputTokens, each) => {
  const price: Price = { version: 'any', rates: { input: { amountPicoUsd: each, per: 1n } }, tiers: [] }
  expect(totalCost({ ...NO_USAGE, inputTokens }, price)).toBe(BigInt(inputTokens) * each)
})

test('tiers that share their rates keep the rates of their own price beside them', () => {
  const shared = { input: { amountPicoUsd: 7n, per: 1n } }
  const priceOf = (output: bigint): Price => ({
    version: 'any',
    rates: { input: { amountPicoUsd: 1n, per: 1n }, output: { amountPicoUsd: output, per: 1n } },
    tiers: [{ fromInputTokens: 10, rates: shared }],
  })
  const usage = { ...NO_USAGE, inputTokens: 10, outputTokens: 1 }
  expect([3n, 5n].map(output => totalCost(usage, priceOf(output)))).toEqual([73n, 75n])
})
