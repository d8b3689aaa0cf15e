import type { OtherParameters } from '../other-parameters'

export const OTHER_PARAMETERS = {
  top_k: 'mapped',
  metadata: 'mapped',
  guardrail_config: 'mapped',
  prompt_cache_key: 'dropped',
  prompt_cache_options: 'dropped',
  prompt_cache_retention: 'dropped',
  logit_bias: 'dropped',
  prediction: 'dropped',
  verbosity: 'dropped',
  store: 'dropped',
  moderation: 'refused',
  audio: 'refused',
  web_search_options: 'refused',
} as const satisfies OtherParameters
