import { isObject } from '../../lib/object'
import { NO_USAGE, type Usage } from '../../wire/usage'
import { areCounts } from '../count'

type Raw = Record<string, unknown>

/**
 * Anthropic's `usage`: `input_tokens` has neither what was read from the cache nor what was written to it, `output_tokens`
 * has the thinking. Undefined if it is none, or if a figure is negative, fractional, absurd or larger than what it is part of.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined
  const split = isObject(value.cache_creation) ? value.cache_creation : {}
  const written = value.cache_creation_input_tokens ?? sumOf(split) ?? 0
  const figures = {
    fresh: value.input_tokens,
    read: value.cache_read_input_tokens ?? 0,
    written,
    hour: split.ephemeral_1h_input_tokens ?? 0,
    output: value.output_tokens,
    thought: isObject(value.output_tokens_details) ? (value.output_tokens_details.thinking_tokens ?? 0) : 0,
  }
  if (!areCounts(figures) || figures.hour > figures.written || figures.thought > figures.output)
    return undefined
  return {
    ...NO_USAGE,
    inputTokens: figures.fresh + figures.read + figures.written,
    cachedInputTokens: figures.read,
    cacheWriteTokens: figures.written - figures.hour,
    cacheWrite1hTokens: figures.hour,
    outputTokens: figures.output,
    reasoningTokens: figures.thought,
  }
}

/** What is known after a further word on usage: figures are cumulative and may be revised, what is not said stays. */
export function mergeUsage(known: Raw | undefined, said: unknown): Raw | undefined {
  if (!isObject(said)) return known
  const told = Object.entries(said).filter(([, value]) => value !== null && value !== undefined)
  return { ...known, ...Object.fromEntries(told) }
}

function sumOf(split: Raw): unknown {
  const { ephemeral_5m_input_tokens: minutes = 0, ephemeral_1h_input_tokens: hour = 0 } = split
  return typeof minutes === 'number' && typeof hour === 'number' ? minutes + hour : undefined
}
