import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './compatible/openai-only'

/** Tells its usage under a name of its own as well, and its thought as `reasoning`. Hears and speaks at OpenAI's paths. */
export const groq: CompatibleFacts = {
  drops: [...OPENAI_ONLY, 'frequency_penalty', 'logit_bias', 'presence_penalty'],
  refuses: [...OPENAI_ANSWERS, 'logprobs', 'top_logprobs'],
  effort: effort => ({ reasoning_effort: EFFORTS[effort] ?? effort }),
  replay: () => ({}),
  hasOthers: true,
  leastAudioSeconds: 10,
  errorCodes: { capacity_exceeded: 'overloaded' },
}

const EFFORTS: Readonly<Record<string, string>> = { minimal: 'low', xhigh: 'high', max: 'high' }
