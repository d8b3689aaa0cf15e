import type { Usage } from '../wire/usage'
import type { Meter, Price, Rate, Rates } from './price'
import { quantitiesOf } from './quantities'

/** One class of a request's usage and what it costs: `quantity` × `amountPicoUsd` ÷ `per`, rounded up once. */
export interface CostLine {
  meter: Meter
  /** In the pieces that `per` counts: tokens, characters, images, requests; for audio, milliseconds. */
  quantity: bigint
  amountPicoUsd: bigint
  per: bigint
  costPicoUsd: bigint
}

/** What a meter without a price of its own is charged as. */
const CHARGED_AS: Partial<Record<Meter, Meter>> = {
  cached_input: 'input',
  cache_write: 'input',
  cache_write_1h: 'input',
  audio_input: 'input',
  image_input: 'input',
  reasoning: 'output',
  audio_output: 'output',
  image_output: 'output',
}

/**
 * Prices one request. Classes that were not used, or that the price has no rate for, leave no line;
 * no line is negative, and the total is the sum of the lines.
 */
export function cost(usage: Usage, price: Price): { lines: CostLine[]; totalPicoUsd: bigint } {
  const rates = ratesFor(usage.inputTokens, price)
  const lines: CostLine[] = []
  for (const { meter, count, scale } of quantitiesOf(usage, secondsMeter(rates))) {
    const rate = rateOf(meter, rates)
    if (rate) lines.push(lineOf(meter, count, rate.amountPicoUsd, rate.per * scale))
  }
  return { lines, totalPicoUsd: lines.reduce((sum, line) => sum + line.costPicoUsd, 0n) }
}

function lineOf(meter: Meter, quantity: bigint, amountPicoUsd: bigint, per: bigint): CostLine {
  return { meter, quantity, amountPicoUsd, per, costPicoUsd: (quantity * amountPicoUsd + per - 1n) / per }
}

/** The highest tier that the input reaches prices the whole request; a meter that it leaves out keeps its base rate. */
function ratesFor(inputTokens: number, price: Price): Rates {
  const tier = price.tiers.findLast(({ fromInputTokens }) => inputTokens >= fromInputTokens)
  return tier ? { ...price.rates, ...tier.rates } : price.rates
}

/** What a meter is charged by: its own rate, or that of the class that it is part of. */
export function rateOf(meter: Meter, rates: Rates): Rate | undefined {
  const other = CHARGED_AS[meter]
  return rates[meter] ?? (other && rates[other])
}

/** The meter that these rates charge audio by. */
export function secondsMeter(rates: Rates): 'audio_minute' | 'audio_hour' {
  return rates.audio_minute ? 'audio_minute' : 'audio_hour'
}
