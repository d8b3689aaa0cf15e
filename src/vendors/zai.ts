import { unsupported } from '../wire/field'
import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './compatible/openai-only'
import { NO_TOOLS } from './compatible/tools'

/** Knows one choice of tools, and one stop. */
export const zai: CompatibleFacts = {
  drops: [
    ...OPENAI_ONLY,
    'frequency_penalty',
    'logit_bias',
    'parallel_tool_calls',
    'presence_penalty',
    'seed',
  ],
  refuses: [...OPENAI_ANSWERS, 'logprobs', 'top_logprobs'],
  renames: { user: 'user_id' },
  mostStops: 1,
  lacks: ['json_schema'],
  hasNoStrict: true,
  effort: effort => ({ thinking: { type: effort === 'none' ? 'disabled' : 'enabled' } }),
  toolChoice: choice => {
    const mode = choice.mode === 'allowed' ? choice.of : choice.mode
    if (mode === 'none') return NO_TOOLS
    if (mode === 'auto') return mode
    throw unsupported('tool_choice', 'this model cannot be made to call a tool')
  },
  errorCodes: {
    '1113': 'insufficient_quota',
    '1261': 'context_length_exceeded',
    '1302': 'rate_limit_exceeded',
    '1305': 'rate_limit_exceeded',
    '1308': 'insufficient_quota',
  },
}
