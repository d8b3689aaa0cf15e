import type { Meter, Price, Rate } from './price'

/** The most that a request can use, in the units that prices count. */
export interface MostUsage {
  inputTokens: number
  outputTokens: number
  audioSeconds?: number
  characters?: number
  images?: number
}

const INPUT: readonly Meter[] = [
  'input',
  'cached_input',
  'cache_write',
  'cache_write_1h',
  'audio_input',
  'image_input',
]
const OUTPUT: readonly Meter[] = ['output', 'reasoning', 'audio_output', 'image_output']
/** Each class of tokens is rounded up by itself. */
const MOST_ROUNDED = 16n

/**
 * The most that a request can cost by this price, in whole pico-dollars: every token at the dearest rate of its kind, in
 * any tier that so many input tokens can reach; no discount for cached tokens is ever assumed.
 */
export function costBound(most: MostUsage, price: Price): bigint {
  const { inputTokens, outputTokens, audioSeconds = 0, characters = 0, images = 0 } = most
  return (
    MOST_ROUNDED +
    times(inputTokens, dearest(INPUT, inputTokens, price)) +
    times(outputTokens, dearest(OUTPUT, inputTokens, price)) +
    times(Math.ceil(audioSeconds), dearest(['audio_minute', 'audio_hour'], inputTokens, price)) +
    times(characters, dearest(['character'], inputTokens, price)) +
    times(images, dearest(['image'], inputTokens, price)) +
    times(1, dearest(['request'], inputTokens, price))
  )
}

/** How many output tokens this sum pays for beside `most`, whose own are not looked at; Infinity where they cost nothing. */
export function outputWithin(picoUsd: bigint, most: MostUsage, price: Price): number {
  const rate = dearest(OUTPUT, most.inputTokens, price)
  const left = picoUsd - costBound({ ...most, outputTokens: 0 }, price)
  if (left < 0n) return 0
  return rate.amountPicoUsd === 0n ? Number.POSITIVE_INFINITY : Number((left * rate.per) / rate.amountPicoUsd)
}

/** A free price costs nothing: not even what is rounded. */
export function isFree({ rates, tiers }: Price): boolean {
  return [rates, ...tiers.map(tier => tier.rates)].every(of =>
    Object.values(of).every(({ amountPicoUsd }) => amountPicoUsd === 0n),
  )
}

const NOTHING: Rate = { amountPicoUsd: 0n, per: 1n }

function dearest(meters: readonly Meter[], inputTokens: number, { rates, tiers }: Price): Rate {
  let found = NOTHING
  for (const of of [
    rates,
    ...tiers.filter(tier => tier.fromInputTokens <= inputTokens).map(tier => tier.rates),
  ])
    for (const meter of meters) {
      const rate = of[meter]
      if (rate && rate.amountPicoUsd * found.per > found.amountPicoUsd * rate.per) found = rate
    }
  return found
}

function times(quantity: number, { amountPicoUsd, per }: Rate): bigint {
  return (BigInt(quantity) * amountPicoUsd + per - 1n) / per
}
