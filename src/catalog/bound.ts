import type { Meter, Price, Rate } from './price'

/** The most that a request can use, in the units that prices count. */
export interface MostUsage {
  inputTokens: number
  outputTokens: number
  audioSeconds?: number
  characters?: number
  images?: number
}

const KINDS = {
  input: ['input', 'cached_input', 'cache_write', 'cache_write_1h', 'audio_input', 'image_input'],
  output: ['output', 'reasoning', 'audio_output', 'image_output'],
  seconds: ['audio_minute', 'audio_hour'],
  characters: ['character'],
  images: ['image'],
  requests: ['request'],
} as const satisfies Record<string, readonly Meter[]>

/** `each`: whole pico-dollars for one unit; NaN where they are not whole. */
type Dear = Rate & { each: number }
type Dearest = Record<keyof typeof KINDS, Dear>

/** Each class is rounded up by itself, where its rate is not of whole pico-dollars. */
const MOST_ROUNDED = 16

/**
 * The most that a request can cost by this price, in whole pico-dollars: every token at the dearest rate of its kind, in
 * any tier that so many input tokens can reach; no discount for cached tokens is ever assumed. A free price costs nothing:
 * not even what is rounded.
 */
export function costBound(most: MostUsage, price: Price): bigint {
  const { inputTokens, outputTokens, audioSeconds = 0, characters = 0, images = 0 } = most
  const known = knownOf(price)
  if (known.isFree) return 0n
  const dearest = dearestOf(known, inputTokens)
  const seconds = Math.ceil(audioSeconds)
  const quick =
    known.mostRounded +
    product(inputTokens, dearest.input) +
    product(outputTokens, dearest.output) +
    product(seconds, dearest.seconds) +
    product(characters, dearest.characters) +
    product(images, dearest.images) +
    product(1, dearest.requests)
  // What is as exact as this was nowhere rounded, and is reckoned in a tenth of the time: every budgeted request asks.
  if (Number.isSafeInteger(quick)) return BigInt(quick)
  return (
    BigInt(known.mostRounded) +
    times(inputTokens, dearest.input) +
    times(outputTokens, dearest.output) +
    times(seconds, dearest.seconds) +
    times(characters, dearest.characters) +
    times(images, dearest.images) +
    times(1, dearest.requests)
  )
}

/** How many output tokens this sum pays for beside `most`, whose own are not looked at; Infinity where they cost nothing. */
export function outputWithin(picoUsd: bigint, most: MostUsage, price: Price): number {
  const rate = dearestOf(knownOf(price), most.inputTokens).output
  const left = picoUsd - costBound({ ...most, outputTokens: 0 }, price)
  if (left < 0n) return 0
  return rate.amountPicoUsd === 0n ? Number.POSITIVE_INFINITY : Number((left * rate.per) / rate.amountPicoUsd)
}

const NOTHING: Rate = { amountPicoUsd: 0n, per: 1n }

/** What a price comes to at its dearest: worked out once, since every budgeted request asks. */
interface Known {
  /** Every rate of it is 0. */
  isFree: boolean
  /** In pico-dollars. */
  mostRounded: number
  untiered: Dearest
  /** Ascending. */
  tiers: readonly { fromInputTokens: number; dearest: Dearest }[]
}

const knownPrices = new WeakMap<Price, Known>()

function knownOf(price: Price): Known {
  const found = knownPrices.get(price)
  if (found) return found
  const tiers = price.tiers.toSorted((a, b) => a.fromInputTokens - b.fromInputTokens)
  const all = [price.rates, ...tiers.map(({ rates }) => rates)]
  const made = {
    isFree: all.every(rates => Object.values(rates).every(({ amountPicoUsd }) => amountPicoUsd === 0n)),
    mostRounded: all.every(isWhole) ? 0 : MOST_ROUNDED,
    untiered: dearestAmong([price.rates]),
    tiers: tiers.map(({ fromInputTokens }, index) => ({
      fromInputTokens,
      dearest: dearestAmong(all.slice(0, index + 2)),
    })),
  }
  knownPrices.set(price, made)
  return made
}

/** Whether it has whole pico-dollars for each unit, and of audio for each millisecond. */
function isWhole(rates: Price['rates']): boolean {
  return Object.entries(rates).every(([meter, { amountPicoUsd, per }]) => {
    const scale = meter === 'audio_minute' || meter === 'audio_hour' ? 1000n : 1n
    return amountPicoUsd % (per * scale) === 0n
  })
}

function dearestOf({ tiers, untiered }: Known, inputTokens: number): Dearest {
  if (tiers.length === 0) return untiered
  return tiers.findLast(tier => tier.fromInputTokens <= inputTokens)?.dearest ?? untiered
}

function dearestAmong(all: readonly Price['rates'][]): Dearest {
  const of = (meters: readonly Meter[]) => {
    let found = NOTHING
    for (const rates of all)
      for (const meter of meters) {
        const rate = rates[meter]
        if (rate && rate.amountPicoUsd * found.per > found.amountPicoUsd * rate.per) found = rate
      }
    return { ...found, each: eachOf(found) }
  }
  const entries = Object.entries(KINDS).map(([kind, meters]) => [kind, of(meters)])
  return Object.fromEntries(entries) as Dearest
}

function eachOf({ amountPicoUsd, per }: Rate): number {
  return amountPicoUsd % per === 0n ? Number(amountPicoUsd / per) : Number.NaN
}

function product(quantity: number, { each }: Dear): number {
  return quantity === 0 ? 0 : quantity * each
}

function times(quantity: number, { amountPicoUsd, per }: Rate): bigint {
  return quantity === 0 ? 0n : (BigInt(quantity) * amountPicoUsd + per - 1n) / per
}
