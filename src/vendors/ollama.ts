import { unsupported } from '../wire/field'
import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './compatible/openai-only'
import { NO_TOOLS } from './compatible/tools'

/** Ignores a choice of tools, and takes pictures as data alone. */
export const ollama: CompatibleFacts = {
  drops: [...OPENAI_ONLY, 'logit_bias', 'parallel_tool_calls', 'user'],
  refuses: [...OPENAI_ANSWERS, 'logprobs', 'top_logprobs'],
  hasNoStrict: true,
  hasOthers: true,
  fetchesNoImages: true,
  effort: effort => ({ reasoning_effort: EFFORTS[effort] ?? effort }),
  toolChoice: choice => {
    const mode = choice.mode === 'allowed' ? choice.of : choice.mode
    if (mode === 'none') return NO_TOOLS
    if (mode === 'auto') return undefined
    throw unsupported('tool_choice', 'this model cannot be made to call a tool')
  },
  replay: () => ({}),
}

const EFFORTS: Readonly<Record<string, string>> = { minimal: 'low', xhigh: 'max' }
