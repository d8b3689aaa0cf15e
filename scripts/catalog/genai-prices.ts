import type { PriceSpec, RatesSpec } from '../../src/catalog/rate.ts'
import { positive } from './decimal.ts'
import { boundaryAbove, compact, SOURCE_NAMES, type Tier } from './fact.ts'

type Amount = string | { base: string; tiers?: { start: string; price: string }[] }

interface Constraint {
  type: string
  start_date?: string
}

type Prices = Record<string, Amount | undefined>

export interface Match {
  equals?: string
  starts_with?: string
  ends_with?: string
  contains?: string
  regex?: string
  or?: Match[]
  and?: Match[]
}

/** One entry of genai-prices: which ids of a vendor it stands for, and the price in force. */
export interface GenaiEntry {
  vendor: string
  id: string
  match: Match
  price: PriceSpec | undefined
  deprecated: boolean
}

const METER_NAMES = {
  input: 'input_mtok',
  cached_input: 'cache_read_mtok',
  cache_write: 'cache_write_mtok',
  cache_write_1h: 'cache_write_1h_mtok',
  output: 'output_mtok',
  reasoning: 'output_reasoning_mtok',
  audio_input: 'input_audio_mtok',
  audio_output: 'output_audio_mtok',
  image_input: 'input_image_mtok',
  image_output: 'output_image_mtok',
  audio_hour: 'audio_hours',
} as const

/** genai-prices: other names of a model, and prices with their first day; `today` decides which is in force. */
export function genaiEntries(catalog: unknown, today: string): GenaiEntry[] {
  const vendors = catalog as {
    id: string
    models: { id: string; match: Match; prices: unknown; deprecated?: boolean }[]
  }[]
  return SOURCE_NAMES.flatMap(({ vendor, genai }) =>
    (vendors.find(({ id }) => id === genai)?.models ?? []).map(model => ({
      vendor,
      id: model.id,
      match: model.match,
      price: priceOf(inForce(model.prices, today)),
      deprecated: model.deprecated === true,
    })),
  )
}

/** Later rows win; a row for some hours of the day wins over the rest of the day, so that none is charged too little. */
function inForce(prices: unknown, today: string): Prices {
  if (!Array.isArray(prices)) return prices as Prices
  const rows = prices as { constraint?: Constraint; prices: Prices }[]
  const begun = rows.filter(({ constraint }) => (constraint?.start_date ?? '') <= today)
  return begun.at(-1)?.prices ?? {}
}

function priceOf(prices: Prices): PriceSpec | undefined {
  const rates = ratesAt(prices, amount => (typeof amount === 'string' ? amount : amount.base))
  if (!rates) return undefined
  const starts = new Set<number>()
  for (const amount of Object.values(prices))
    if (typeof amount === 'object') for (const { start } of amount.tiers ?? []) starts.add(Number(start))
  const tiers = [...starts]
    .toSorted((one, other) => one - other)
    .map(start => ({ from_input_tokens: boundaryAbove(start), ...tierAt(prices, start) }) as Tier)
  return tiers.length > 0 ? { ...rates, tiers } : rates
}

function tierAt(prices: Prices, start: number): RatesSpec {
  const at = (amount: Amount) =>
    typeof amount === 'string'
      ? amount
      : (amount.tiers?.findLast(tier => Number(tier.start) <= start)?.price ?? amount.base)
  return ratesAt(prices, at) ?? {}
}

function ratesAt(prices: Prices, read: (amount: Amount) => string) {
  const rates: Record<string, string | undefined> = {}
  for (const [meter, name] of Object.entries(METER_NAMES)) {
    const amount = prices[name]
    if (amount !== undefined) rates[meter] = positive(read(amount))
  }
  return compact(rates)
}

/** Whether the entry stands for this id, by the source's own rules. */
export function matches(rule: Match, id: string): boolean {
  if (rule.or) return rule.or.some(part => matches(part, id))
  if (rule.and) return rule.and.every(part => matches(part, id))
  if (rule.equals !== undefined) return id === rule.equals
  if (rule.starts_with !== undefined) return id.startsWith(rule.starts_with)
  if (rule.ends_with !== undefined) return id.endsWith(rule.ends_with)
  if (rule.contains !== undefined) return id.includes(rule.contains)
  return rule.regex !== undefined && new RegExp(rule.regex).test(id)
}

/** The ids that an entry names one by one. */
export function namedIds(rule: Match): string[] {
  if (rule.equals !== undefined) return [rule.equals]
  return (rule.or ?? []).flatMap(namedIds)
}
