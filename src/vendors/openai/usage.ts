import { isObject } from '../../lib/object'
import type { Usage } from '../../wire/usage'
import { isCount } from '../count'

/**
 * OpenAI's `usage` object: `prompt_tokens` includes cached ones, `completion_tokens` includes reasoning.
 * Undefined if it is none, or if a figure is negative, fractional, absurd, larger than the sum it is part of, or not
 * what `total_tokens` says. Nothing is guessed from other vendors' names: whether their sums include one another differs.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined
  const input = isObject(value.prompt_tokens_details) ? value.prompt_tokens_details : {}
  const output = isObject(value.completion_tokens_details) ? value.completion_tokens_details : {}
  const reasoningTokens = output.reasoning_tokens ?? 0
  // Written out: to copy what is no usage first costs more than all of it.
  const usage = {
    inputTokens: value.prompt_tokens,
    cachedInputTokens: input.cached_tokens ?? 0,
    cacheWriteTokens: input.cache_write_tokens ?? 0,
    cacheWrite1hTokens: 0,
    outputTokens: outputOf(value, reasoningTokens),
    reasoningTokens,
    audioInputTokens: input.audio_tokens ?? 0,
    audioOutputTokens: output.audio_tokens ?? 0,
    imageInputTokens: input.image_tokens ?? 0,
    imageOutputTokens: output.image_tokens ?? 0,
    audioSeconds: 0,
    characters: 0,
    images: 0,
  }
  return isPossible(usage) ? usage : undefined
}

/**
 * All tokens of the answer. Some vendors leave reasoning out of `completion_tokens`: the total tells those, since it is
 * larger by just that. Undefined where total and parts contradict each other.
 */
function outputOf(value: Record<string, unknown>, reasoning: unknown): unknown {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = value
  if (total === undefined || total === null) return completion
  if (!isCount(total) || !isCount(prompt)) return undefined
  // A vendor that leaves the name out says by its total that nothing was answered.
  const said = completion ?? 0
  if (!isCount(said) || !isCount(reasoning)) return undefined
  const missing = total - prompt - said
  return missing === 0 || missing === reasoning ? said + missing : undefined
}

/** Whether all of these are counts, and no part is larger than its sum. */
export function isPossible(usage: Record<keyof Usage, unknown>): usage is Record<keyof Usage, number> {
  for (const name in usage) if (!isCount(usage[name as keyof Usage])) return false
  const counts = usage as Usage
  const inputParts = counts.cachedInputTokens + counts.cacheWriteTokens
  return (
    inputParts <= counts.inputTokens &&
    counts.audioInputTokens + counts.imageInputTokens <= counts.inputTokens &&
    counts.reasoningTokens + counts.audioOutputTokens + counts.imageOutputTokens <= counts.outputTokens
  )
}
