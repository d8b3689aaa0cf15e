import type { Capability, Endpoint } from '../../src/catalog/model.ts'
import type { PriceSpec } from '../../src/catalog/rate.ts'
import {
  type Conflict,
  choosePrice,
  conflictsOf,
  inOrder,
  isImplausible,
  type PriceBySource,
} from './choose-price.ts'
import {
  ALL_FOLLOW_SCHEMAS,
  DECISIONS,
  FLAT,
  FREE,
  LEFT_OUT,
  NON_CHAT,
  PREFERRED,
  WITHOUT_PRICE,
} from './curated.ts'
import { times } from './decimal.ts'
import type { Fact, Tier } from './fact.ts'
import { type GenaiEntry, matches } from './genai-prices.ts'
import { keyOf, nameOf } from './names.ts'

/** One model at one vendor, all sources together. */
export interface Offer {
  vendor: string
  model: string
  name: string
  endpoint: Endpoint
  capabilities: readonly Capability[] | undefined
  /** The capabilities come from a source that knows all of them. */
  wellKnown: boolean
  contextWindow: number | undefined
  maxOutputTokens: number | undefined
  deprecated: boolean
  releasedOn: string | undefined
  price: PriceSpec | undefined
  /** Which source or rule of ours the price is. */
  priceFrom: string | undefined
  conflicts: Conflict[]
  /** The newest source was passed over for a fall that nobody would believe. */
  implausible: boolean
  /** The one-hour cache price is ours, twice the input. */
  assumedHourCache: boolean
}

/** Joins what the sources say about each (vendor, id); an id that no route serves is left out. */
export function offersOf(facts: readonly Fact[], genai: readonly GenaiEntry[]): Offer[] {
  const byPlace = Map.groupBy([...facts, ...nonChatFacts()], ({ vendor, model }) => `${vendor} ${model}`)
  return [...byPlace.values()].flatMap(group => offerOf(group, genai) ?? [])
}

function offerOf(group: readonly Fact[], genai: readonly GenaiEntry[]): Offer | undefined {
  const first = group[0]
  if (!first || isLeftOut(first)) return undefined
  // models.dev knows what goes in and out of a model; its word on what serves it is the last.
  const facts = group.toSorted((one, other) => authority(one) - authority(other))
  const { vendor, model } = first
  const endpoint = facts[0]?.endpoint
  if (!endpoint) return undefined
  const entry = genaiFor(vendor, model, genai)
  const isUnknown = WITHOUT_PRICE.some(rule => covers(rule, vendor, model))
  const prices = isUnknown ? {} : pricesOf(facts, entry)
  const name = nameOf(vendor, model)
  return {
    vendor,
    model,
    name,
    endpoint,
    capabilities: capabilitiesOf(facts),
    wellKnown: facts[0]?.source === 'models.dev',
    contextWindow: pick(facts, 'contextWindow'),
    maxOutputTokens: pick(facts, 'maxOutputTokens'),
    deprecated: facts.some(fact => fact.deprecated),
    releasedOn: pick(facts, 'releasedOn'),
    ...priced(vendor, model, name, endpoint, prices),
    conflicts: conflictsOf(prices),
    implausible: isImplausible(prices['pi-ai'], prices['models.dev']),
  }
}

/** JSON mode and schemas go together: no source tells them apart. */
function capabilitiesOf(facts: readonly Fact[]): readonly Capability[] | undefined {
  const told = pick(facts, 'capabilities')
  const [first] = facts
  if (!told || !first) return told
  const byVendor = ALL_FOLLOW_SCHEMAS.some(rule => covers(rule, first.vendor, first.model))
  return (pick(facts, 'followsSchemas') ?? byVendor) ? [...told, 'json_mode', 'json_schema'] : told
}

function priced(
  vendor: string,
  model: string,
  name: string,
  endpoint: Endpoint,
  prices: PriceBySource,
): Pick<Offer, 'price' | 'priceFrom' | 'assumedHourCache'> {
  const here = (one: { vendor: string; model: string }) => one.vendor === vendor && one.model === model
  const decided = DECISIONS.find(here)
  if (decided) return { price: decided.price, priceFrom: 'decision', assumedHourCache: false }
  const chosen = choosePrice(prices, PREFERRED.find(rule => covers(rule, vendor, model))?.source)
  if (!chosen || !isUsable(chosen.price, endpoint)) {
    const free = FREE.find(here)
    return { price: free?.price, priceFrom: free && 'free', assumedHourCache: false }
  }
  const { tiers, ...flat } = chosen.price
  // A reasoning price that is the output's adds nothing, and a tier that raises the output alone would miss it.
  if (flat.reasoning === flat.output) delete flat.reasoning
  const told = tiers && !FLAT.some(rule => covers(rule, vendor, model)) ? { ...flat, tiers } : flat
  const full = keyOf(name).startsWith('claude') ? withHourCache(told) : told
  return { price: inOrder(full), priceFrom: chosen.source, assumedHourCache: full !== told }
}

/** Whether a rule for some ids of a vendor is for this one. */
export function covers(rule: { vendor: string; id: RegExp }, vendor: string, model: string): boolean {
  return rule.vendor === vendor && rule.id.test(model)
}

/** A chat price that lacks the input or the output is no price: the half that is missing would be free. */
function isUsable(price: PriceSpec, endpoint: Endpoint): boolean {
  return endpoint !== 'chat.completions' || (price.input !== undefined && price.output !== undefined)
}

/** Anthropic's one-hour cache writes cost twice the input, as in every row that a source gives. */
function withHourCache(price: PriceSpec): PriceSpec {
  if (!price.cache_write || !price.input || price.cache_write_1h) return price
  const tiers = price.tiers?.map(tier => ({ ...tier, ...hourCache(tier) }) as Tier)
  return { ...price, ...hourCache(price), ...(tiers && { tiers }) }
}

function hourCache(rates: { input?: string }): { cache_write_1h?: string } {
  return rates.input === undefined ? {} : { cache_write_1h: times(rates.input, 2n) }
}

function pricesOf(facts: readonly Fact[], entry: GenaiEntry | undefined): PriceBySource {
  const prices: PriceBySource = {}
  for (const { source, price } of facts) if (price) prices[source] = price
  if (entry?.price) prices['genai-prices'] = entry.price
  return prices
}

/** An entry of this very id, else the first whose rules fit. */
function genaiFor(vendor: string, model: string, genai: readonly GenaiEntry[]): GenaiEntry | undefined {
  const own = genai.filter(entry => entry.vendor === vendor)
  return own.find(({ id }) => id === model) ?? own.find(({ match }) => matches(match, model))
}

function nonChatFacts(): Fact[] {
  return NON_CHAT.map(({ vendor, model, endpoint }) => ({
    source: 'genai-prices',
    vendor,
    model,
    endpoint,
    price: undefined,
    capabilities: undefined,
    followsSchemas: undefined,
    contextWindow: undefined,
    maxOutputTokens: undefined,
    deprecated: false,
    releasedOn: undefined,
  }))
}

function isLeftOut({ vendor, model }: Fact): boolean {
  return LEFT_OUT.some(rule => covers(rule, vendor, model))
}

function authority({ source }: Fact): number {
  return source === 'models.dev' ? 0 : 1
}

function pick<Field extends keyof Fact>(facts: readonly Fact[], field: Field): Fact[Field] | undefined {
  return facts.find(fact => fact[field] !== undefined)?.[field]
}
