import { OPENAI_ALONE, type OtherParameters } from '../other-parameters'

export const OTHER_PARAMETERS = {
  ...OPENAI_ALONE,
  top_k: 'mapped',
  metadata: 'mapped',
  guardrail_config: 'mapped',
} as const satisfies OtherParameters
