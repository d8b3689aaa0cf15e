import { BUYING } from '../../wire/bought'
import { deepseek } from '../deepseek'
import { groq } from '../groq'
import { mistral } from '../mistral'
import { moonshot } from '../moonshot'
import { ollama } from '../ollama'
import { openrouter } from '../openrouter'
import { perplexity } from '../perplexity'
import { xai } from '../xai'
import { zai } from '../zai'
import type { CompatibleFacts } from './facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './openai-only'

/** Serves open models with one of the open servers. */
const HOST: CompatibleFacts = {
  drops: OPENAI_ONLY,
  refuses: OPENAI_ANSWERS,
  hasOthers: true,
}

const THINKS_OR_NOT: CompatibleFacts['effort'] = effort => ({ enable_thinking: effort !== 'none' })

/** The vendors of OpenAI's family that we ship, each with where it deviates. */
export const FAMILY: Readonly<Record<string, CompatibleFacts>> = {
  alibaba: { ...HOST, effort: THINKS_OR_NOT, thinksApart: true, buys: ['enable_search'] },
  baseten: HOST,
  cerebras: {
    ...HOST,
    drops: [...OPENAI_ONLY, 'frequency_penalty', 'logit_bias', 'presence_penalty'],
    renames: { max_tokens: 'max_completion_tokens' },
    replay: () => ({}),
  },
  deepinfra: HOST,
  deepseek,
  fireworks: {
    ...HOST,
    drops: OPENAI_ONLY.filter(name => name !== 'prompt_cache_key'),
    takesN: true,
    effort: effort => ({
      reasoning_effort: { minimal: 'low', xhigh: 'high', max: 'high' }[effort] ?? effort,
    }),
  },
  groq,
  huggingface: HOST,
  meta: HOST,
  minimax: {
    ...HOST,
    drops: [...OPENAI_ONLY, 'reasoning_effort'],
    buys: ['plugins'],
    errorCodes: { '1002': 'rate_limit_exceeded', '1008': 'insufficient_quota' },
  },
  mistral,
  moonshot,
  nebius: HOST,
  novita: HOST,
  ollama,
  openrouter,
  perplexity,
  siliconflow: { ...HOST, effort: THINKS_OR_NOT, thinksApart: true },
  together: {
    ...HOST,
    takesN: true,
    // There `logprobs` is a count, and nobody tells surely what its answers say then, streamed and whole.
    refuses: [...OPENAI_ANSWERS, 'logprobs', 'top_logprobs'],
    replay: () => ({}),
  },
  xai,
  zai,
}

/** A server of the user's own: nobody knows what it takes, so it is told all of it. */
export const UNKNOWN: CompatibleFacts = {
  takesMedia: true,
  takesAllTools: true,
  takesCacheMarks: true,
  hasOthers: true,
  buys: BUYING,
}
