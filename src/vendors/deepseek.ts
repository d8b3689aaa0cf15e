import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './compatible/openai-only'

/** Wants its thought back with every turn, where the first reasoner refuses a request that holds one. */
const WANTS_THOUGHTS = /v4|^deepseek-flash/

/** Takes texts alone, and JSON without a schema. */
export const deepseek: CompatibleFacts = {
  drops: [...OPENAI_ONLY, 'frequency_penalty', 'logit_bias', 'presence_penalty', 'seed'],
  refuses: OPENAI_ANSWERS,
  renames: { user: 'user_id' },
  mostStops: 16,
  joinsTexts: true,
  lacks: ['json_schema'],
  hasNoStrict: true,
  effort: effort =>
    effort === 'none'
      ? { thinking: { type: 'disabled' } }
      : { thinking: { type: 'enabled' }, reasoning_effort: EFFORTS[effort] ?? effort },
  replay: ({ reasoning }, model) =>
    WANTS_THOUGHTS.test(model) ? { reasoning_content: reasoning ?? '' } : {},
}

const EFFORTS: Readonly<Record<string, string>> = { minimal: 'low', medium: 'high', xhigh: 'max' }
