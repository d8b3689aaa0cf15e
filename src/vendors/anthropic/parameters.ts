import { OPENAI_ALONE, type OtherParameters } from '../other-parameters'

export const OTHER_PARAMETERS = {
  ...OPENAI_ALONE,
  top_k: 'mapped',
  thinking: 'mapped',
  cache_control: 'mapped',
  prompt_cache_options: 'mapped',
} as const satisfies OtherParameters
