import { OPENAI_ALONE, type OtherParameters } from '../other-parameters'

export const OTHER_PARAMETERS = {
  ...OPENAI_ALONE,
  metadata: 'mapped',
  prompt_cache_key: 'mapped',
  prompt_cache_retention: 'mapped',
  prompt_cache_options: 'mapped',
  verbosity: 'mapped',
} as const satisfies OtherParameters

const SAME_NAME = ['metadata', 'prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options'] as const

/** Members that are the same there. */
export function sameMembers(rest: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(SAME_NAME.flatMap(name => (rest[name] === undefined ? [] : [[name, rest[name]]])))
}
