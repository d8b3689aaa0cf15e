import { formatUsd } from '../lib/money'
import type { Vendor } from '../vendors/vendor'
import type { Catalog } from './catalog'
import type { Endpoint, Model } from './model'
import { METERS, type Meter, type Price, type Rates } from './price'

/** One price as callers read it. */
export interface ListedRate {
  usd: string
  per: string
}

export type ListedRates = Partial<Record<Meter, ListedRate>>

/** One model of `GET /api/v1/models`. */
export interface CatalogEntry {
  id: string
  aliases: string[]
  vendors: { name: string; model: string }[]
  /** One of its vendors is configured and can be called by this version. */
  available: boolean
  context_window: number | null
  max_output_tokens: number | null
  supports_vision: boolean
  supports_tools: boolean
  supports_json_schema: boolean
  supports_streaming: boolean
  supports_reasoning: boolean
  supports_audio_input: boolean
  endpoints: Endpoint[]
  pricing: (ListedRates & { tiers: ({ from_input_tokens: number } & ListedRates)[] }) | null
  price_version: string | null
  unpriced: boolean
  deprecated_on: string | null
}

/** What one price of a meter is for, in words. */
const PER: Readonly<Record<Meter, string>> = {
  input: '1M_tokens',
  cached_input: '1M_tokens',
  cache_write: '1M_tokens',
  cache_write_1h: '1M_tokens',
  output: '1M_tokens',
  reasoning: '1M_tokens',
  audio_input: '1M_tokens',
  audio_output: '1M_tokens',
  image_input: '1M_tokens',
  image_output: '1M_tokens',
  character: '1M_characters',
  audio_minute: 'minute',
  audio_hour: 'hour',
  image: 'image',
  request: 'request',
}

/** The catalog's JSON of one model; `callable` says which configured vendors this version can ask for it. */
export function catalogEntry(
  model: Model,
  catalog: Catalog,
  callable: (vendor: Vendor, model: Model) => boolean = vendor => vendor.conforms,
): CatalogEntry {
  const { capabilities, price } = model
  return {
    id: model.id,
    aliases: [...model.aliases],
    vendors: model.offerings.map(({ vendor, model: name }) => ({ name: vendor, model: name })),
    available: model.offerings.some(offering => {
      const vendor = catalog.vendors.get(offering.vendor)
      return vendor !== undefined && callable(vendor, model)
    }),
    context_window: model.contextWindow,
    max_output_tokens: model.maxOutputTokens,
    supports_vision: capabilities.has('vision'),
    supports_tools: capabilities.has('tools'),
    supports_json_schema: capabilities.has('json_schema'),
    supports_streaming: capabilities.has('streaming'),
    supports_reasoning: capabilities.has('reasoning'),
    supports_audio_input: capabilities.has('audio_input'),
    endpoints: [...model.endpoints],
    pricing: price ? listedPrice(price) : null,
    price_version: price?.version ?? null,
    unpriced: price === undefined,
    deprecated_on: model.deprecatedOn,
  }
}

function listedPrice({ rates, tiers }: Price): NonNullable<CatalogEntry['pricing']> {
  return {
    ...listedRates(rates),
    tiers: tiers.map(tier => ({ from_input_tokens: tier.fromInputTokens, ...listedRates(tier.rates) })),
  }
}

function listedRates(rates: Rates): ListedRates {
  const listed: ListedRates = {}
  for (const meter of METERS) {
    const rate = rates[meter]
    if (rate) listed[meter] = { usd: formatUsd(rate.amountPicoUsd), per: PER[meter] }
  }
  return listed
}
