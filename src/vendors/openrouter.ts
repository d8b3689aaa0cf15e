import { formatUsd, parseUsd } from '../lib/money'
import { boughtIn } from '../wire/bought'
import { boolean, invalid, object, unsupported } from '../wire/field'
import { dearerSearch } from './compatible/dearer-search'
import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './compatible/openai-only'
import { SHORT_ID } from './openai/long-ids'
import { fittingToolId } from './tool-id'
import type { Ceiling } from './translation'

/** Of what OpenAI alone answers with, this is had there as well. */
const HAD = new Set<string>(['modalities', 'web_search_options'])
/** These have another model answer than the one that was allowed, and at another price. */
const OTHER_MODELS = ['models', 'preset']

/** Passes on to whoever serves a model, at whatever that one asks. */
export const openrouter: CompatibleFacts = {
  drops: OPENAI_ONLY,
  refuses: [...OPENAI_ANSWERS.filter(name => !HAD.has(name)), ...OTHER_MODELS],
  buys: ['web_search_options'],
  // Perplexity's models are had there as well; what plugins cost depends on what they find.
  dearer: given => dearerSearch(given) ?? boughtIn(given, ['plugins']),
  sellsReading: true,
  takesMedia: true,
  // Its models may be OpenAI's.
  toolId: id => fittingToolId(id, SHORT_ID),
  takesCacheMarks: true,
  effort: effort => ({ reasoning: effort === 'none' ? { enabled: false } : { effort } }),
  replay: ({ reasoning, reasoningDetails }) => {
    if (reasoningDetails) return { reasoning_details: reasoningDetails }
    return reasoning === undefined ? {} : { reasoning }
  },
  adds: ({ provider }, { ceiling }) => ({ provider: preferences(provider, ceiling) }),
  errorCodes: {
    '429': 'rate_limit_exceeded',
    '404': 'no_host',
    '402': 'insufficient_quota',
    '502': 'overloaded',
    '503': 'overloaded',
  },
}

/**
 * The caller's `provider`: without `require_parameters` what a host does not know, the answer's length too, is dropped in
 * silence, and without `max_price` a host may serve that is dearer than the price. Throws GatewayError naming the member.
 */
function preferences(given: unknown, ceiling: Ceiling): Record<string, unknown> {
  const provider = object(given, 'provider')
  const required = boolean(provider?.require_parameters, 'provider.require_parameters') ?? true
  if (!required)
    throw unsupported('provider.require_parameters', 'the length of the answer would be dropped as well')
  const asked = object(provider?.max_price, 'provider.max_price')
  const most = (name: string, picoUsd: bigint) => lower(asked?.[name], picoUsd, `provider.max_price.${name}`)
  const max_price = {
    ...asked,
    prompt: most('prompt', ceiling.inputPicoUsd),
    completion: most('completion', ceiling.outputPicoUsd),
    request: most('request', ceiling.requestPicoUsd ?? 0n),
  }
  return { ...provider, require_parameters: true, max_price }
}

/** Finer than any host's price: there a price for a token is multiplied in floating point, which may make it a hair more. */
const HAIR_PICO_USD = 1_000n
const DECIMALS = 12

function lower(asked: unknown, mostPicoUsd: bigint, param: string): string {
  const most = mostPicoUsd + HAIR_PICO_USD
  if (asked === undefined || asked === null) return formatUsd(most)
  const text = typeof asked === 'number' ? asked.toFixed(DECIMALS) : asked
  const picoUsd = typeof text === 'string' ? parseUsd(text) : undefined
  if (picoUsd === undefined) throw invalid(param, 'expected dollars, as a number or a plain decimal')
  return formatUsd(picoUsd < most ? picoUsd : most)
}
