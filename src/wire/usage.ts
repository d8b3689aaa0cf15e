/**
 * What one request used, in the sums that callers see: `inputTokens` includes cached and cache-write
 * tokens, `outputTokens` includes reasoning. Every count is a non-negative safe integer;
 * `audioSeconds` may be fractional.
 */
export interface Usage {
  inputTokens: number
  cachedInputTokens: number
  cacheWriteTokens: number
  cacheWrite1hTokens: number
  outputTokens: number
  reasoningTokens: number
  audioInputTokens: number
  audioOutputTokens: number
  imageInputTokens: number
  imageOutputTokens: number
  audioSeconds: number
  characters: number
  images: number
}

export const NO_USAGE: Readonly<Usage> = Object.freeze({
  inputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  audioInputTokens: 0,
  audioOutputTokens: 0,
  imageInputTokens: 0,
  imageOutputTokens: 0,
  audioSeconds: 0,
  characters: 0,
  images: 0,
})

/** Where the figures of a record come from, from the surest to the least sure. */
export type UsageSource = 'vendor' | 'drained' | 'vendor_partial' | 'tokenizer' | 'mixed' | 'estimated'
