import type { OtherParameters } from '../other-parameters'

export const OTHER_PARAMETERS = {
  top_k: 'mapped',
  safety_settings: 'mapped',
  cached_content: 'mapped',
  prompt_cache_key: 'dropped',
  prompt_cache_options: 'dropped',
  prompt_cache_retention: 'dropped',
  logit_bias: 'dropped',
  prediction: 'dropped',
  verbosity: 'dropped',
  store: 'dropped',
  metadata: 'dropped',
  moderation: 'refused',
  audio: 'refused',
  web_search_options: 'refused',
} as const satisfies OtherParameters
