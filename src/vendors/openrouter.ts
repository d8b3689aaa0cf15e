import { boughtIn } from '../wire/bought'
import { dearerSearch } from './compatible/dearer-search'
import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './compatible/openai-only'
import { SHORT_ID } from './openai/long-ids'
import { fittingToolId } from './tool-id'

/** Of what OpenAI alone answers with, this is had there as well. */
const HAD = new Set<string>(['modalities', 'web_search_options'])
/** These have another model answer than the one that was allowed, and at another price. */
const OTHER_MODELS = ['models', 'preset']

/** Passes on to whoever serves a model: without `require_parameters` it drops what that one does not know, in silence. */
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
  always: { provider: { require_parameters: true } },
  errorCodes: {
    '429': 'rate_limit_exceeded',
    '402': 'insufficient_quota',
    '502': 'overloaded',
    '503': 'overloaded',
  },
}
