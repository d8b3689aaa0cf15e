import { NO_USAGE, type Usage } from '../../wire/usage'

/** Counts that no vendor can mean: beyond this they are an error, not a bill. */
const MOST_TOKENS = 1_000_000_000

/**
 * OpenAI's `usage` object: `prompt_tokens` includes cached ones, `completion_tokens` includes reasoning.
 * Undefined if it is none, or if a figure is negative, fractional, absurd, or larger than the sum it is part of.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined
  const input = isObject(value.prompt_tokens_details) ? value.prompt_tokens_details : {}
  const output = isObject(value.completion_tokens_details) ? value.completion_tokens_details : {}
  const usage = {
    ...NO_USAGE,
    inputTokens: value.prompt_tokens,
    cachedInputTokens: input.cached_tokens ?? 0,
    cacheWriteTokens: input.cache_write_tokens ?? 0,
    audioInputTokens: input.audio_tokens ?? 0,
    imageInputTokens: input.image_tokens ?? 0,
    outputTokens: value.completion_tokens ?? 0,
    reasoningTokens: output.reasoning_tokens ?? 0,
    audioOutputTokens: output.audio_tokens ?? 0,
    imageOutputTokens: output.image_tokens ?? 0,
  }
  return isPossible(usage) ? usage : undefined
}

function isPossible(usage: Record<keyof Usage, unknown>): usage is Record<keyof Usage, number> {
  if (!Object.values(usage).every(isCount)) return false
  const counts = usage as Usage
  const inputParts = counts.cachedInputTokens + counts.cacheWriteTokens
  return (
    inputParts <= counts.inputTokens &&
    counts.audioInputTokens + counts.imageInputTokens <= counts.inputTokens &&
    counts.reasoningTokens + counts.audioOutputTokens + counts.imageOutputTokens <= counts.outputTokens
  )
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST_TOKENS
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
