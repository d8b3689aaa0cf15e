import { OPENAI_ALONE, type OtherParameters } from '../other-parameters'

export const OTHER_PARAMETERS = {
  ...OPENAI_ALONE,
  top_k: 'mapped',
  safety_settings: 'mapped',
  cached_content: 'mapped',
} as const satisfies OtherParameters
