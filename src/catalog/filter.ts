import { GatewayError } from '../errors'
import { parseUsd } from '../lib/money'
import type { CatalogEntry } from './listing'
import { ENDPOINTS } from './model'

type Keep = (entry: CatalogEntry) => boolean

/** Every filter of `GET /api/v1/models`: from the parameter's text to what it keeps. */
const FILTERS: Readonly<Record<string, (value: string, name: string) => Keep>> = {
  supports_vision: flag('supports_vision'),
  supports_tools: flag('supports_tools'),
  supports_json_schema: flag('supports_json_schema'),
  supports_streaming: flag('supports_streaming'),
  supports_reasoning: flag('supports_reasoning'),
  supports_audio_input: flag('supports_audio_input'),
  available: flag('available'),
  unpriced: flag('unpriced'),
  max_input_price: atMost('input'),
  max_output_price: atMost('output'),
  min_context_window: atLeastContext,
  endpoint: servedBy,
  vendor: value => entry => entry.vendors.some(({ name }) => name === value),
  q: containing,
}

/** The names that `filterEntries` reads. */
export const FILTER_NAMES: readonly string[] = Object.keys(FILTERS)

/**
 * The entries that pass every filter of the query. Members that are no filter (a page's `limit`) are left to
 * others; a value that cannot be one throws `invalid_value` naming the parameter.
 */
export function filterEntries(
  entries: readonly CatalogEntry[],
  query: Readonly<Record<string, string | undefined>>,
): CatalogEntry[] {
  const keeps = FILTER_NAMES.flatMap(name => {
    const value = query[name]
    return value === undefined ? [] : [FILTERS[name]?.(value, name)]
  })
  return entries.filter(entry => keeps.every(keep => keep?.(entry)))
}

function flag(field: keyof CatalogEntry): (value: string, name: string) => Keep {
  return (value, name) => {
    if (value !== 'true' && value !== 'false') throw invalid(name, 'true or false')
    return entry => entry[field] === (value === 'true')
  }
}

/** A model without that price, unpriced or counted otherwise, is not known to cost so little. */
function atMost(meter: 'input' | 'output'): (value: string, name: string) => Keep {
  return (value, name) => {
    const most = parseUsd(value)
    if (most === undefined) throw invalid(name, 'dollars per million tokens as a plain decimal, such as 1.00')
    return ({ pricing }) => {
      const price = pricing?.[meter] && parseUsd(pricing[meter].usd)
      return price !== undefined && price <= most
    }
  }
}

function atLeastContext(value: string, name: string): Keep {
  if (!/^\d{1,15}$/.test(value)) throw invalid(name, 'a whole number of tokens')
  const least = Number(value)
  return entry => entry.context_window !== null && entry.context_window >= least
}

function servedBy(value: string, name: string): Keep {
  const endpoint = ENDPOINTS.find(known => known === value)
  if (!endpoint) throw invalid(name, `one of ${ENDPOINTS.join(', ')}`)
  return entry => entry.endpoints.includes(endpoint)
}

function containing(value: string): Keep {
  const wanted = value.toLowerCase()
  return entry => [entry.id, ...entry.aliases].some(name => name.toLowerCase().includes(wanted))
}

function invalid(name: string, allowed: string): GatewayError {
  return new GatewayError('invalid_value', `Invalid value for '${name}': expected ${allowed}.`, {
    param: name,
  })
}
