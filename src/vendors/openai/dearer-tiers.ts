import type { ChatRequest } from '../../wire/chat-request'
import { unsupported } from '../../wire/field'
import { JsonReader, type Span } from '../../wire/json-reader'
import type { Vendor } from '../vendor'

/** OpenAI says `fast` for `priority` as well. */
const DEARER_TIERS = new Set<unknown>(['priority', 'fast'])
/** None of them is longer, however it is escaped. */
const LONGEST_TIER_BYTES = 64

/**
 * Throws `unsupported_parameter` (400) where the request names, at `tier` in its body, a tier of OpenAI's or Azure's that
 * costs more than the price that is known, and `invalid_json` for what is no value.
 */
export function assertTierPriced({ body }: ChatRequest, { start, end }: Span, vendor: Vendor): void {
  if (end - start > LONGEST_TIER_BYTES || !sellsTiers(vendor)) return
  if (DEARER_TIERS.has(new JsonReader(body).value({ start, end })))
    throw unsupported('service_tier', 'it costs another price than the one that we know')
}

/** Vendors that sell such tiers, or OpenAI's. */
const SELLING = new Set(['openai', 'openrouter', 'mistral'])
const AT_OPENAI = /^https:\/\/([a-z0-9-]+\.)?api\.openai\.com[.:/]/

/** Elsewhere in the dialect these names mean nothing, or what whoever set up the server and its price has made of them. */
function sellsTiers({ name, kin = name, dialect, baseUrl }: Vendor): boolean {
  return SELLING.has(kin) || dialect === 'azure' || AT_OPENAI.test(baseUrl)
}
