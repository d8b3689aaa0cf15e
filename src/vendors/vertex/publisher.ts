/** Whose dialect a model speaks here. */
export type Publisher = 'google' | 'anthropic' | 'other'

/** By the vendor's own id of the model: `claude-opus-4-7@default`, `gemini-3-pro`, `deepseek-ai/deepseek-v3.2-maas`. */
export function publisherOf(model: string): Publisher {
  if (model.startsWith('claude-')) return 'anthropic'
  return model.includes('/') ? 'other' : 'google'
}
