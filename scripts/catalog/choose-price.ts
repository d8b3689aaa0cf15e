import { METERS, type Meter } from '../../src/catalog/price.ts'
import type { PriceSpec, RatesSpec } from '../../src/catalog/rate.ts'
import { differs, isMore, times } from './decimal.ts'
import { SOURCES, type Source, type Tier } from './fact.ts'

export type PriceBySource = Partial<Record<Source, PriceSpec>>

/** One meter that two sources price more than 1 % apart, each source's amount as it is shown. */
export interface Conflict {
  meter: string
  amounts: Partial<Record<Source, string>>
}

/**
 * The price of the first source that has a whole one, the newest first. What it does not name (speech, one-hour
 * cache writes) comes from the next source that agrees with it on the input. `preferred` is believed before all.
 */
export function choosePrice(
  prices: PriceBySource,
  preferred?: Source,
): { price: PriceSpec; source: Source } | undefined {
  const order = [...(preferred ? [preferred] : []), ...orderOf(prices)]
  const source = order.find(name => isWhole(prices[name])) ?? order.find(name => prices[name])
  const base = source && prices[source]
  if (!source || !base) return undefined
  let price = base
  for (const other of order) {
    const more = prices[other]
    if (more && other !== source && agree(base, more)) price = completed(price, more)
  }
  return { price: inOrder(price), source }
}

function orderOf(prices: PriceBySource): readonly Source[] {
  // models.dev writes the price of pictures as that of all output; genai-prices tells them apart.
  if (prices['genai-prices']?.image_output && !prices['pi-ai']) return ['genai-prices', 'models.dev']
  return isImplausible(prices['pi-ai'], prices['models.dev'])
    ? ['models.dev', 'pi-ai', 'genai-prices']
    : SOURCES
}

/** A fall to less than a third since the older list is taken for a mistake: of the two errors, the dearer is safer. */
export function isImplausible(newer: PriceSpec | undefined, older: PriceSpec | undefined): boolean {
  if (!newer || !older) return false
  return (['input', 'output'] as const).some(meter => {
    const [now, then] = [newer[meter], older[meter]]
    return now !== undefined && then !== undefined && isMore(then, times(now, 3n))
  })
}

/** The meters in one order, so that equal prices are equal texts. */
export function inOrder(price: PriceSpec): PriceSpec {
  const sorted = (rates: RatesSpec): RatesSpec =>
    Object.fromEntries(METERS.flatMap(meter => (rates[meter] === undefined ? [] : [[meter, rates[meter]]])))
  const tiers = price.tiers?.map(tier => ({ from_input_tokens: tier.from_input_tokens, ...sorted(tier) }))
  return { ...sorted(price), ...(tiers && { tiers }) }
}

function isWhole(price: PriceSpec | undefined): boolean {
  return price?.input !== undefined && price.output !== undefined
}

function agree(one: PriceSpec, other: PriceSpec): boolean {
  return one.input !== undefined && other.input !== undefined && !differs(one.input, other.input)
}

function completed(price: PriceSpec, more: PriceSpec): PriceSpec {
  const { tiers: _, ...rates } = more
  const tiers = price.tiers?.map(tier => {
    const twin = more.tiers?.find(other => other.from_input_tokens === tier.from_input_tokens)
    return { ...twin, ...tier } as Tier
  })
  return { ...rates, ...price, ...(tiers && { tiers }) }
}

/** Every meter, of the base and of the tiers, that the sources price differently. */
export function conflictsOf(prices: PriceBySource): Conflict[] {
  const found = METERS.flatMap(meter => {
    const amounts = amountsOf(prices, price => price[meter])
    return disagree(amounts) ? [{ meter: meter as string, amounts }] : []
  })
  const tiers = Object.fromEntries(
    SOURCES.flatMap(source => (prices[source] ? [[source, tiersText(prices[source])]] : [])),
  )
  const told = new Set(Object.values(tiers))
  const baseAgrees = !found.some(({ meter }) => meter === 'input')
  return told.size > 1 && baseAgrees && !tiersAgree(prices)
    ? [...found, { meter: 'tiers', amounts: tiers }]
    : found
}

function amountsOf(
  prices: PriceBySource,
  read: (price: PriceSpec) => string | undefined,
): Partial<Record<Source, string>> {
  return Object.fromEntries(
    SOURCES.flatMap(source => {
      const amount = prices[source] && read(prices[source])
      return amount === undefined ? [] : [[source, amount]]
    }),
  )
}

function disagree(amounts: Partial<Record<Source, string>>): boolean {
  const all = Object.values(amounts)
  return all.some(one => all.some(other => differs(one, other)))
}

/** Tiers agree when they begin at the same counts and no meter that both name is more than 1 % apart. */
function tiersAgree(prices: PriceBySource): boolean {
  const all = Object.values(prices).map(price => price.tiers ?? [])
  return all.every(one => all.every(other => sameTiers(one, other)))
}

function sameTiers(one: readonly Tier[], other: readonly Tier[]): boolean {
  if (one.length !== other.length) return false
  return one.every((tier, index) => {
    const twin = other[index]
    if (!twin || Math.abs(twin.from_input_tokens - tier.from_input_tokens) > 1) return false
    return METERS.every(meter => bothAgree(tier[meter], twin[meter]))
  })
}

function bothAgree(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || !differs(one, other)
}

function tiersText(price: PriceSpec): string {
  const text = (rates: RatesSpec, meters: Meter[]) => meters.map(meter => rates[meter] ?? '–').join('/')
  return (
    (price.tiers ?? [])
      .map(tier => `from ${tier.from_input_tokens}: ${text(tier, ['input', 'output'])}`)
      .join('; ') || 'none'
  )
}
