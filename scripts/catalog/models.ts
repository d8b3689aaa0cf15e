import type { Capability, Endpoint } from '../../src/catalog/model.ts'
import type { PriceSpec } from '../../src/catalog/rate.ts'
import { ALIASES, PARALLEL_TOOL_MAKERS, RESPONSES_ONLY } from './curated.ts'
import { VENDOR_ORDER } from './fact.ts'
import { type GenaiEntry, namedIds } from './genai-prices.ts'
import { isDated, isRegional, keyOf, makerOf } from './names.ts'
import type { Offer } from './offers.ts'

/** A public model as the data file holds it, and the offers that it stands for. */
export interface PublicModel {
  id: string
  aliases: string[]
  endpoints: Endpoint[]
  capabilities: Capability[]
  contextWindow: number | undefined
  maxOutputTokens: number | undefined
  deprecated: boolean
  releasedOn: string | undefined
  price: PriceSpec | undefined
  offers: Offer[]
  /** Every spelling that a place of it uses. */
  names: string[]
  /** Offers without a price of their own, left out since others have one. */
  unpriced: Offer[]
}

/** Groups offers of the same model under one public id, its maker's own place first; sorted by id. */
export function modelsOf(offers: readonly Offer[], genai: readonly GenaiEntry[]): PublicModel[] {
  const groups = Map.groupBy(
    offers.filter(offer => !isRegional(offer.vendor, offer.model)),
    offer => keyOf(offer.name),
  )
  joinUnplaced(groups, offers)
  const models = [...groups.entries()].map(([key, group]) => modelOf(key, group))
  const regional = offers
    .filter(offer => isRegional(offer.vendor, offer.model))
    .map(offer => ({ ...modelOf(keyOf(offer.name), [offer]), id: offer.model }))
  const all = [...models, ...regional].toSorted((one, other) => (one.id < other.id ? -1 : 1))
  nameAliases(all, genai)
  return all
}

/** A model that Bedrock serves through regional profiles alone is also there under its plain name, by the widest. */
function joinUnplaced(groups: Map<string, Offer[]>, offers: readonly Offer[]): void {
  for (const prefix of ['global.', 'us.'])
    for (const offer of offers.filter(one => one.vendor === 'bedrock' && one.model.startsWith(prefix))) {
      const group = groups.get(keyOf(offer.name)) ?? []
      if (!group.some(({ vendor }) => vendor === 'bedrock')) groups.set(keyOf(offer.name), [...group, offer])
    }
}

function modelOf(key: string, group: readonly Offer[]): PublicModel {
  const maker = makerOf(key)
  const ordered = onePerVendor(group).toSorted((one, other) => rank(one, maker) - rank(other, maker))
  const priced = ordered.filter(({ price }) => price)
  const offers = priced.length > 0 ? priced : ordered
  const own = group.find(({ vendor }) => vendor === maker)
  const id = publicId(ordered, own)
  const endpoint = ordered[0]?.endpoint ?? 'chat.completions'
  return {
    id,
    aliases: [],
    endpoints: endpointsOf(id, endpoint, ordered),
    capabilities: capabilitiesOf(key, maker, endpoint, group),
    contextWindow: ordered.find(({ contextWindow }) => contextWindow)?.contextWindow,
    maxOutputTokens:
      endpoint === 'chat.completions'
        ? ordered.find(({ maxOutputTokens }) => maxOutputTokens)?.maxOutputTokens
        : undefined,
    deprecated: own ? own.deprecated : ordered.every(({ deprecated }) => deprecated),
    releasedOn: own?.releasedOn ?? ordered.find(({ releasedOn }) => releasedOn)?.releasedOn,
    price: offers[0]?.price,
    offers,
    names: group.map(({ name }) => name),
    unpriced: priced.length > 0 ? ordered.filter(({ price }) => !price) : [],
  }
}

/** Two names of one model at one vendor are one place: the shorter, undated one. */
function onePerVendor(group: readonly Offer[]): Offer[] {
  const byVendor = Map.groupBy(group, ({ vendor }) => vendor)
  return [...byVendor.values()].flatMap(
    same =>
      same.toSorted(
        (one, other) => one.model.length - other.model.length || (one.model < other.model ? -1 : 1),
      )[0] ?? [],
  )
}

function rank({ vendor, deprecated }: Offer, maker: string): number {
  const place = vendor === maker ? 0 : 1 + VENDOR_ORDER.indexOf(vendor)
  return place + (deprecated && vendor !== maker ? VENDOR_ORDER.length : 0)
}

/** The maker's spelling; else OpenRouter's or Hugging Face's, in lower case. A bare word keeps its maker's folder. */
function publicId(offers: readonly Offer[], own: Offer | undefined): string {
  const from = (vendor: string) => offers.find(offer => offer.vendor === vendor)
  const shown = offers.find(offer => offer.vendor === own?.vendor)
  if (shown) return shown.name
  const offer = from('openrouter') ?? from('huggingface') ?? offers[0]
  if (!offer) throw new Error('a model without an offer')
  const name = offer.name.toLowerCase()
  const folder = offer.model.split('/')[0] ?? ''
  if (folder === offer.vendor) return offer.model
  const bare = offers.length === 1 && offer.vendor === 'openrouter' && !/\d/.test(name)
  return bare && !VENDOR_ORDER.includes(folder) ? offer.model.toLowerCase() : name
}

function endpointsOf(id: string, endpoint: Endpoint, offers: readonly Offer[]): Endpoint[] {
  const atOpenAi = offers.some(({ vendor }) => vendor === 'openai' || vendor === 'azure')
  if (endpoint === 'chat.completions' && atOpenAi && RESPONSES_ONLY.test(id)) return ['responses']
  if (id === 'gpt-3.5-turbo-instruct') return ['completions']
  return id === 'whisper-1' || id === 'whisper-large-v3'
    ? ['audio.transcriptions', 'audio.translations']
    : [endpoint]
}

function capabilitiesOf(
  key: string,
  maker: string,
  endpoint: Endpoint,
  offers: readonly Offer[],
): Capability[] {
  if (endpoint !== 'chat.completions') return []
  const ordered = offers.toSorted((one, other) => rank(one, maker) - rank(other, maker))
  const known = ordered.find(({ wellKnown }) => wellKnown) ?? ordered.find(({ capabilities }) => capabilities)
  const told = known?.capabilities ?? []
  const set = new Set<Capability>(told)
  set.add('streaming')
  if (set.has('tools') && PARALLEL_TOOL_MAKERS.includes(maker) && !/^o\d/.test(key)) set.add('parallel_tools')
  if (maker === 'deepseek') set.add('json_mode')
  return [...set].toSorted()
}

/** Other spellings and dated names, each to one model; what is an id already, or claimed twice, is nobody's. */
function nameAliases(models: readonly PublicModel[], genai: readonly GenaiEntry[]): void {
  const ids = new Set(models.map(({ id }) => id))
  const claims = new Map<string, Set<PublicModel>>()
  for (const model of models)
    for (const name of namesFor(model, genai)) claims.set(name, (claims.get(name) ?? new Set()).add(model))
  for (const [name, [model, ...others]] of claims)
    if (model && others.length === 0 && !ids.has(name)) model.aliases.push(name)
  for (const model of models) model.aliases.sort()
}

function namesFor({ id, offers, names: spellings }: PublicModel, genai: readonly GenaiEntry[]): Set<string> {
  if (offers.every(offer => id === offer.model && isRegional(offer.vendor, offer.model))) return new Set()
  // With its folder an id is a bare word's only safe name: "auto" or "free" alone say too little.
  if (id.includes('/')) return new Set()
  const names = [id.toLowerCase(), id.replaceAll('.', '-'), id.replaceAll('.', '-').toLowerCase()]
  names.push(...spellings.map(name => name.toLowerCase()))
  names.push(...datedNames(id, genai), ...(ALIASES[id] ?? []))
  return new Set(names.filter(name => name !== id))
}

function datedNames(id: string, genai: readonly GenaiEntry[]): string[] {
  const maker = makerOf(keyOf(id))
  const entries = genai.filter(entry => entry.vendor === maker)
  const dated = entries.flatMap(({ match }) => namedIds(match)).filter(name => isDated(name, id))
  // Several dates are several snapshots: none of them is just another name.
  return new Set(dated.map(name => name.replaceAll('.', '-'))).size === 1 ? dated : []
}
