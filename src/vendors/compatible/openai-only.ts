/** Parameters that OpenAI alone knows and that change nothing of what an answer says. */
export const OPENAI_ONLY = [
  'metadata',
  'prediction',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'service_tier',
  'store',
  'verbosity',
] as const

/** Parameters that OpenAI alone knows and whose answer would be another one. */
export const OPENAI_ANSWERS = ['audio', 'modalities', 'moderation', 'web_search_options'] as const
