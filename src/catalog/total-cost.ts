import type { Usage } from '../wire/usage'
import { cost, rateOf, secondsMeter } from './cost'
import type { Meter, Price, Rates } from './price'
import { type Classes, classesOf, MS_PER_SECOND } from './quantities'

/** What one piece of each class costs: whole pico-dollars, or NaN where they are not whole. */
interface Each extends Record<keyof Classes, number> {
  request: number
}

/**
 * What a request costs: the total of `cost`, to the pico-dollar. Every answer is priced, so where whole pico-dollars buy one
 * token the sum is made of plain numbers, as long as it is one that a number holds exactly.
 */
export function totalCost(usage: Usage, price: Price): bigint {
  const each = eachOf(price, usage.inputTokens)
  const used = classesOf(usage)
  const quick =
    product(used.input, each.input) +
    product(used.cachedInput, each.cachedInput) +
    product(used.cacheWrite, each.cacheWrite) +
    product(used.cacheWrite1h, each.cacheWrite1h) +
    product(used.audioInput, each.audioInput) +
    product(used.imageInput, each.imageInput) +
    product(used.output, each.output) +
    product(used.reasoning, each.reasoning) +
    product(used.audioOutput, each.audioOutput) +
    product(used.imageOutput, each.imageOutput) +
    product(used.audioMs, each.audioMs) +
    product(used.characters, each.characters) +
    product(used.images, each.images) +
    each.request
  // No addend is negative: where the sum is exact, none of them was rounded.
  return Number.isSafeInteger(quick) ? BigInt(quick) : cost(usage, price).totalPicoUsd
}

function product(count: number, each: number): number {
  return count > 0 ? count * each : 0
}

/** By a price's own rates first, then by those of each tier: worked out once. */
const known = new WeakMap<Price, Each[]>()

function eachOf(price: Price, inputTokens: number): Each {
  let all = known.get(price)
  if (!all) {
    all = [eachBy(price.rates), ...price.tiers.map(({ rates }) => eachBy({ ...price.rates, ...rates }))]
    known.set(price, all)
  }
  const tier = price.tiers.findLastIndex(({ fromInputTokens }) => inputTokens >= fromInputTokens)
  return all[tier + 1] as Each
}

function eachBy(rates: Rates): Each {
  const of = (meter: Meter, pieces = 1n) => {
    const rate = rateOf(meter, rates)
    if (!rate) return 0
    const per = rate.per * pieces
    return rate.amountPicoUsd % per === 0n ? Number(rate.amountPicoUsd / per) : Number.NaN
  }
  return {
    input: of('input'),
    cachedInput: of('cached_input'),
    cacheWrite: of('cache_write'),
    cacheWrite1h: of('cache_write_1h'),
    audioInput: of('audio_input'),
    imageInput: of('image_input'),
    output: of('output'),
    reasoning: of('reasoning'),
    audioOutput: of('audio_output'),
    imageOutput: of('image_output'),
    audioMs: of(secondsMeter(rates), MS_PER_SECOND),
    characters: of('character'),
    images: of('image'),
    request: of('request'),
  }
}
