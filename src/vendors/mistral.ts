import { createHash } from 'node:crypto'
import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS } from './compatible/openai-only'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** Refuses whatever it does not know, in messages as well, and takes tool-call ids of nine letters and digits alone. */
export const mistral: CompatibleFacts = {
  isStrict: true,
  tellsUsage: true,
  takesN: true,
  hasOthers: true,
  takes: [
    'frequency_penalty',
    'guardrails',
    'max_tokens',
    'metadata',
    'n',
    'parallel_tool_calls',
    'prediction',
    'presence_penalty',
    'prompt_cache_key',
    'prompt_mode',
    'random_seed',
    'reasoning_effort',
    'response_format',
    'safe_prompt',
    'service_tier',
    'stop',
    'temperature',
    'tool_choice',
    'tools',
    'top_p',
  ],
  renames: { seed: 'random_seed' },
  refuses: [...OPENAI_ANSWERS, 'logprobs', 'top_logprobs'],
  toolChoice: choice => {
    if (choice.mode === 'named') return { type: 'function', function: { name: choice.name } }
    const mode = choice.mode === 'allowed' ? choice.of : choice.mode
    return mode === 'required' ? 'any' : mode
  },
  toolId: nineLetters,
  replay: () => ({}),
}

/** The caller's id where it fits, else the same nine for the same id. Nine hexadecimal digits would collide sooner. */
function nineLetters(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id
  const digest = createHash('sha256').update(id).digest().subarray(0, 9)
  return Array.from(digest, byte => LETTERS[byte % LETTERS.length]).join('')
}
