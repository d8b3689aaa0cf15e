import { isObject } from '../../lib/object'
import { NO_USAGE, type Usage } from '../../wire/usage'
import { areCounts, isCount } from '../count'

/**
 * Gemini's `usageMetadata`: the prompt has what came from the cache, but neither what tools added to it nor, on the other
 * side, the candidates what was thought. Undefined if it is none (a chunk may tell its traffic alone), or if a figure
 * is negative, fractional, absurd, or larger than what it is part of.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value) || value.promptTokenCount === undefined) return undefined
  const counts = {
    prompt: value.promptTokenCount,
    tools: value.toolUsePromptTokenCount ?? 0,
    cached: value.cachedContentTokenCount ?? 0,
    candidates: value.candidatesTokenCount ?? 0,
    thoughts: value.thoughtsTokenCount ?? 0,
  }
  if (!areCounts(counts) || counts.cached > counts.prompt) return undefined
  const inputTokens = counts.prompt + counts.tools
  const audioInputTokens = modality(value.promptTokensDetails, 'AUDIO')
  const imageInputTokens = modality(value.promptTokensDetails, 'IMAGE')
  const audioOutputTokens = modality(value.candidatesTokensDetails, 'AUDIO')
  const imageOutputTokens = modality(value.candidatesTokensDetails, 'IMAGE')
  if (audioInputTokens + imageInputTokens > inputTokens) return undefined
  if (audioOutputTokens + imageOutputTokens > counts.candidates) return undefined
  return {
    ...NO_USAGE,
    inputTokens,
    cachedInputTokens: counts.cached,
    outputTokens: counts.candidates + counts.thoughts,
    reasoningTokens: counts.thoughts,
    audioInputTokens,
    imageInputTokens,
    audioOutputTokens,
    imageOutputTokens,
  }
}

/** What a list of tokens by modality says of one; what it does not say, or says wrongly, is text. */
function modality(details: unknown, name: string): number {
  if (!Array.isArray(details)) return 0
  const found: unknown = details.find(detail => isObject(detail) && detail.modality === name)
  const count = isObject(found) ? found.tokenCount : 0
  return isCount(count) ? count : 0
}
