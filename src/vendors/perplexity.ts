import { dearerSearch } from './compatible/dearer-search'
import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ONLY } from './compatible/openai-only'

/** Searches and answers: calls no tools, tells its usage and its sources with each chunk, and never says `[DONE]`. */
export const perplexity: CompatibleFacts = {
  drops: [...OPENAI_ONLY, 'frequency_penalty', 'logit_bias', 'presence_penalty', 'seed', 'user'],
  refuses: ['audio', 'logprobs', 'modalities', 'moderation', 'stop', 'tool_choice', 'tools', 'top_logprobs'],
  lacks: ['tools'],
  buys: ['web_search_options'],
  dearer: dearerSearch,
  tellsUsage: true,
  replay: () => ({}),
}
