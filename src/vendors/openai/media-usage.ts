import { isObject } from '../../lib/object'
import { NO_USAGE, type Usage } from '../../wire/usage'
import type { Medium } from '../adapter'
import { isPossible, readUsage } from './usage'

/** Longer than this no upload can be. */
const MOST_SECONDS = 10_000_000

/**
 * The `usage` object of OpenAI's audio, image and embedding endpoints: `{type: "duration", seconds}`, or tokens, as
 * `input_tokens` and `output_tokens` with their details or in chat's names. What is not said of an answer's tokens is
 * of its medium. Undefined if it is none, or if a figure is negative, absurd, or not what the total says.
 */
export function readMediaUsage(value: unknown, medium: Medium): Usage | undefined {
  if (!isObject(value)) return undefined
  if (value.type === 'duration') return durationUsage(value.seconds)
  // Mistral sells what it hears by the minute, and tells tokens besides that do not add up.
  if (typeof value.prompt_audio_seconds === 'number') return durationUsage(value.prompt_audio_seconds)
  return 'input_tokens' in value ? tokenUsage(value, medium) : namedLikeChat(value)
}

function durationUsage(seconds: unknown): Usage | undefined {
  const isPossibleTime = typeof seconds === 'number' && seconds >= 0 && seconds <= MOST_SECONDS
  return isPossibleTime ? { ...NO_USAGE, audioSeconds: seconds } : undefined
}

function tokenUsage(value: Record<string, unknown>, medium: Medium): Usage | undefined {
  const input = details(value.input_token_details ?? value.input_tokens_details)
  const output = details(value.output_token_details ?? value.output_tokens_details)
  const usage = {
    ...NO_USAGE,
    inputTokens: value.input_tokens,
    cachedInputTokens: input.cached_tokens ?? 0,
    audioInputTokens: input.audio_tokens ?? 0,
    imageInputTokens: input.image_tokens ?? 0,
    outputTokens: value.output_tokens ?? 0,
    ...outputOf(value.output_tokens ?? 0, output, medium),
  }
  if (!isPossible(usage)) return undefined
  const { total_tokens: total } = value
  const isSum = total === undefined || total === null || total === usage.inputTokens + usage.outputTokens
  return isSum ? usage : undefined
}

/** Tokens of an answer that is no text are all of its medium, unless its details say otherwise. */
function outputOf(tokens: unknown, said: Record<string, unknown>, medium: Medium) {
  const all = (kind: Medium) => (medium === kind && said.text_tokens === undefined ? tokens : 0)
  return {
    audioOutputTokens: said.audio_tokens ?? all('audio'),
    imageOutputTokens: said.image_tokens ?? all('image'),
  }
}

/** An embedding has no answer that could be counted: its total is its prompt. */
function namedLikeChat(value: Record<string, unknown>): Usage | undefined {
  return readUsage({ ...value, completion_tokens: value.completion_tokens ?? 0 })
}

function details(value: unknown): Record<string, unknown> {
  return isObject(value) ? value : {}
}
