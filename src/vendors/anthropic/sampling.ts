import type { ChatBody } from '../../wire/chat-body'
import type { ModelRules } from './model-rules'

export interface Sampling {
  members: { temperature?: number; top_p?: number; top_k?: unknown }
  dropped: string[]
}

/** `temperature`, `top_p` and `top_k` as far as this model takes them; it goes up to 1, OpenAI's to 2. */
export function samplingOf(
  { temperature, topP, rest }: ChatBody,
  rules: ModelRules,
  isThinking: boolean,
): Sampling {
  const given = {
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(topP !== undefined && { top_p: topP }),
    ...(rest.top_k !== undefined && { top_k: rest.top_k }),
  }
  if (rules.sampling === 'none' || isThinking) return { members: {}, dropped: Object.keys(given) }
  if (rules.sampling === 'both' || given.temperature === undefined || given.top_p === undefined)
    return { members: given, dropped: [] }
  const { top_p: _, ...members } = given
  return { members, dropped: ['top_p'] }
}
