import type { CompatibleFacts } from './compatible/facts'
import { OPENAI_ANSWERS, OPENAI_ONLY } from './compatible/openai-only'

const DROPPED = [...OPENAI_ONLY, 'logit_bias']

/** Counts its reasoning apart from the answer's tokens. Those that reason take no penalties and no stops. */
export const xai: CompatibleFacts = {
  drops: model => (reasons(model) ? [...DROPPED, 'frequency_penalty', 'presence_penalty'] : DROPPED),
  refuses: model => (reasons(model) ? [...OPENAI_ANSWERS, 'stop'] : OPENAI_ANSWERS),
  renames: { parallel_tool_calls: 'parallel_function_calling' },
  buys: ['search_parameters'],
  reasonsApart: true,
  replay: () => ({}),
}

function reasons(model: string): boolean {
  return !/non-reasoning|^grok-[23]\b(?!-mini)/.test(model)
}
