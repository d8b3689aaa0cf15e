import { isObject } from '../../lib/object'
import { NO_USAGE, type Usage } from '../../wire/usage'
import { areCounts } from '../count'

/**
 * The `usage` of a response: `input_tokens` has the cached ones, `output_tokens` the reasoning. Undefined if it is none, or
 * if a figure is negative, fractional, absurd or larger than what it is part of.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined
  const input = isObject(value.input_tokens_details) ? value.input_tokens_details : {}
  const output = isObject(value.output_tokens_details) ? value.output_tokens_details : {}
  const counts = {
    inputTokens: value.input_tokens,
    cachedInputTokens: input.cached_tokens ?? 0,
    cacheWriteTokens: input.cache_write_tokens ?? 0,
    outputTokens: value.output_tokens,
    reasoningTokens: output.reasoning_tokens ?? 0,
  }
  if (!areCounts(counts)) return undefined
  if (counts.cachedInputTokens + counts.cacheWriteTokens > counts.inputTokens) return undefined
  return counts.reasoningTokens > counts.outputTokens ? undefined : { ...NO_USAGE, ...counts }
}
