import { unsupported } from '../wire/field'
import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './compatible/openai-only'

/** These cannot be made to call a tool. */
const CALLS_FREELY = /k2\.[67]/
/** From here on an effort has words; before, thinking is on or off. */
const HAS_EFFORTS = /k[3-9]/

/** Samples as it sees fit: other values than its own are refused. Its usage may stand in the first choice. */
export const moonshot: CompatibleFacts = {
  drops: [
    ...OPENAI_ONLY,
    'frequency_penalty',
    'logit_bias',
    'presence_penalty',
    'seed',
    'temperature',
    'top_p',
    'user',
  ],
  refuses: [...OPENAI_ANSWERS, 'logprobs', 'top_logprobs'],
  fetchesNoImages: true,
  effort: (effort, model) => {
    if (effort === 'none') return { thinking: { type: 'disabled' } }
    return HAS_EFFORTS.test(model)
      ? { reasoning_effort: EFFORTS[effort] ?? effort }
      : { thinking: { type: 'enabled' } }
  },
  toolChoice: (choice, model) => {
    const mode = choice.mode === 'allowed' ? choice.of : choice.mode
    if (CALLS_FREELY.test(model) && (mode === 'required' || mode === 'named'))
      throw unsupported('tool_choice', 'this model cannot be made to call a tool')
    return choice.mode === 'named' ? { type: 'function', function: { name: choice.name } } : mode
  },
}

const EFFORTS: Readonly<Record<string, string>> = { minimal: 'low', medium: 'high', xhigh: 'max' }
