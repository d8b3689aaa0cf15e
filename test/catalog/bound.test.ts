import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { costBound, outputWithin } from '../../src/catalog/bound'
import { cost } from '../../src/catalog/cost'
import type { Price, Rates } from '../../src/catalog/price'
import { NO_USAGE, type Usage } from '../../src/wire/usage'

const amount = fc.oneof(fc.constant(0n), fc.bigInt(0n, 80_000_000_000_000n))
const rate = amount.map(amountPicoUsd => ({ amountPicoUsd, per: 1_000_000n }))
const maybe = { requiredKeys: [] }
const rates: fc.Arbitrary<Rates> = fc.record(
  {
    input: rate,
    cached_input: rate,
    cache_write: rate,
    cache_write_1h: rate,
    audio_input: rate,
    image_input: rate,
    output: rate,
    reasoning: rate,
    audio_output: rate,
    image_output: rate,
    character: rate,
    audio_minute: amount.map(amountPicoUsd => ({ amountPicoUsd, per: 60n })),
    image: amount.map(amountPicoUsd => ({ amountPicoUsd, per: 1n })),
    request: amount.map(amountPicoUsd => ({ amountPicoUsd, per: 1n })),
  },
  maybe,
)
const price: fc.Arbitrary<Price> = fc
  .record({
    rates,
    tiers: fc.array(fc.record({ fromInputTokens: fc.integer({ min: 1, max: 300_000 }), rates })),
  })
  .map(({ rates, tiers }) => ({
    version: 'any',
    rates,
    tiers: tiers.toSorted((one, other) => one.fromInputTokens - other.fromInputTokens),
  }))
const count = fc.nat(400_000)
const usage: fc.Arbitrary<Usage> = fc
  .record({
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
    audioSeconds: fc.nat(100_000).map(ms => ms / 10),
    characters: count,
    images: fc.nat(20),
  })
  .map(found => ({ ...NO_USAGE, ...found }))

test('a bound is exact to the pico-dollar, whether its figures fit a number or not', () => {
  const each = fc.bigInt(0n, 80_000_000n)
  const quantity = fc.nat(2 ** 50)
  fc.assert(
    fc.property(each, each, quantity, quantity, fc.boolean(), (input, output, asked, answered, isWhole) => {
      const rateOf = (each: bigint) => ({
        amountPicoUsd: each * 1_000_000n + (isWhole ? 0n : 1n),
        per: 1_000_000n,
      })
      const priced = { version: 'any', rates: { input: rateOf(input), output: rateOf(output) }, tiers: [] }
      const exact = (tokens: number, { amountPicoUsd, per }: ReturnType<typeof rateOf>) =>
        (BigInt(tokens) * amountPicoUsd + per - 1n) / per
      expect(costBound({ inputTokens: asked, outputTokens: answered }, priced)).toBe(
        (isWhole ? 0n : 16n) + exact(asked, rateOf(input)) + exact(answered, rateOf(output)),
      )
    }),
    { numRuns: 2_000 },
  )
})

test('T88 no usage within the bounds costs more than the bound: any tier, any class of tokens, any rounding', () => {
  fc.assert(
    fc.property(price, usage, fc.nat(1_000), fc.nat(1_000), (price, used, spareInput, spareOutput) => {
      const bound = costBound(
        {
          inputTokens: used.inputTokens + spareInput,
          outputTokens: used.outputTokens + spareOutput,
          audioSeconds: used.audioSeconds,
          characters: used.characters,
          images: used.images,
        },
        price,
      )
      expect(cost(used, price).totalPicoUsd).toBeLessThanOrEqual(bound)
      const rates = [price, ...price.tiers].flatMap(({ rates }) => Object.values(rates))
      if (rates.every(({ amountPicoUsd }) => amountPicoUsd === 0n)) expect(bound).toBe(0n)
    }),
    { numRuns: 2_000 },
  )
})

test('as many output tokens as a sum pays for cost no more than the sum', () => {
  fc.assert(
    fc.property(price, count, fc.bigInt(0n, 10n ** 15n), (price, inputTokens, picoUsd) => {
      const tokens = outputWithin(picoUsd, { inputTokens, outputTokens: 0 }, price)
      if (tokens === 0 || !Number.isSafeInteger(tokens)) return
      expect(costBound({ inputTokens, outputTokens: tokens }, price)).toBeLessThanOrEqual(picoUsd)
    }),
    { numRuns: 2_000 },
  )
})
