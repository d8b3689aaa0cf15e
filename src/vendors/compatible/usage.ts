import { isObject } from '../../lib/object'
import type { Usage } from '../../wire/usage'
import { readUsage } from '../openai/usage'

type Raw = Record<string, unknown>

/** Where a chunk or an answer of the family has its figures: `usage`, the first choice's, or Groq's own place. */
export function usageIn(chunk: Raw): Raw | undefined {
  const choice = Array.isArray(chunk.choices) ? chunk.choices[0] : undefined
  const own = isObject(chunk.x_groq) ? chunk.x_groq.usage : undefined
  return [chunk.usage, isObject(choice) ? choice.usage : undefined, own].find(isObject)
}

/**
 * The family's usage, its names for cached and reasoning tokens brought to OpenAI's. With `reasonsApart` the reasoning is
 * not in `completion_tokens`. Undefined where the figures cannot be.
 */
export function readCompatibleUsage(raw: Raw, reasonsApart: boolean): Usage | undefined {
  const input = isObject(raw.prompt_tokens_details) ? raw.prompt_tokens_details : {}
  const output = isObject(raw.completion_tokens_details) ? raw.completion_tokens_details : {}
  const cached = input.cached_tokens ?? raw.prompt_cache_hit_tokens ?? raw.cached_tokens ?? 0
  const reasoning = output.reasoning_tokens ?? raw.reasoning_tokens ?? 0
  return readUsage({
    ...raw,
    ...(reasonsApart && withReasoning(raw, reasoning)),
    // Some count a token of the template as cached that they do not count as the prompt's.
    prompt_tokens_details: { ...input, cached_tokens: least(cached, raw.prompt_tokens) },
    completion_tokens_details: { ...output, reasoning_tokens: reasoning },
  })
}

/** Both told apart, whatever the total says. */
function withReasoning({ completion_tokens: said }: Raw, reasoning: unknown): Raw {
  if (typeof said !== 'number' || typeof reasoning !== 'number') return {}
  return { completion_tokens: said + reasoning, total_tokens: undefined }
}

function least(part: unknown, whole: unknown): unknown {
  return typeof part === 'number' && typeof whole === 'number' ? Math.min(part, whole) : part
}
