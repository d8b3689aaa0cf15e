import { once } from '../lib/once'
import data from './data/models.json' with { type: 'json' }
import type { Capability, Endpoint, Model, Offering } from './model'
import type { Price } from './price'
import { type PriceSpec, parsePrice } from './rate'

/** A model as `data/models.json` holds it; what is usual is left out there. */
interface StoredModel {
  aliases?: string[]
  /** Absent: chat. */
  endpoints?: Endpoint[]
  capabilities?: Capability[]
  context_window?: number
  max_output_tokens?: number
  price?: PriceSpec
  released_on?: string
  deprecated_on?: string
  /** Vendor, the vendor's id, and the price there where it is another one. */
  at: [vendor: string, model: string, price?: PriceSpec][]
}

// The compiler would otherwise give each of hundreds of lines a type of its own; a test reads every one of them.
const stored = data as unknown as Readonly<Record<string, StoredModel>>

/** Every model that we ship, sorted by id. A price is read when it is first asked for, so that the start is not slowed. */
export function builtInModels(): Model[] {
  return Object.entries(stored).map(([id, model]) => modelFrom(id, model))
}

function modelFrom(id: string, model: StoredModel): Model {
  const price = once(() => (model.price ? priceFrom(id, model.price) : undefined))
  return {
    id,
    aliases: [...(model.aliases ?? [])],
    endpoints: [...(model.endpoints ?? (['chat.completions'] as const))],
    capabilities: new Set(model.capabilities),
    contextWindow: model.context_window ?? null,
    maxOutputTokens: model.max_output_tokens ?? null,
    get price() {
      return price()
    },
    ...(model.released_on && { releasedOn: model.released_on }),
    deprecatedOn: model.deprecated_on ?? null,
    offerings: model.at.map(([vendor, name, own]) => offeringFrom(id, vendor, name, own)),
  }
}

function offeringFrom(id: string, vendor: string, model: string, own: PriceSpec | undefined): Offering {
  if (!own) return { vendor, model }
  const price = once(() => priceFrom(id, own))
  return {
    vendor,
    model,
    get price() {
      return price()
    },
  }
}

function priceFrom(id: string, spec: PriceSpec): Price {
  const parsed = parsePrice(spec)
  if ('price' in parsed) return parsed.price
  throw new Error(`The catalog's own price of ${id} is wrong: ${parsed.problems[0]?.field}`)
}
