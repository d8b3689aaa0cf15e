import type { Json } from './json'
import type { Figures, Said } from './said'

/** What OpenAI or one of its family says, found in its chunks or its whole answer without our readers. */
export function saidInChat(bodies: readonly Json[]): Said {
  const choices: Json[] = bodies.flatMap(body => body.choices ?? [])
  const messages: Json[] = choices.map(({ delta, message }) => delta ?? message ?? {})
  const calls = callsIn(messages.flatMap(({ tool_calls: called }) => called ?? []))
  const native = choices.findLast(({ finish_reason: reason }) => reason)?.finish_reason
  const figures = figuresIn(bodies)
  return {
    text: messages.map(({ content }) => textOf(content)).join(''),
    reasoning: messages.map(thoughtIn).join(''),
    refusal: messages.map(({ refusal }) => refusal ?? '').join(''),
    calls,
    // Some say `stop` after a call, one says nothing at all.
    finish: calls.length > 0 && (native ?? 'stop') === 'stop' ? 'tool_calls' : native,
    ...(figures && { figures }),
  }
}

/** Mistral's may be a list of thoughts and texts. */
const textOf = (content: string | Json[] | null | undefined): string =>
  Array.isArray(content) ? content.map(({ text }) => text ?? '').join('') : (content ?? '')

function thoughtIn({ reasoning_content: own, reasoning, content }: Json): string {
  const listed: Json[] = Array.isArray(content) ? content.flatMap(({ thinking }) => thinking ?? []) : []
  return own || reasoning || listed.map(({ text }) => text).join('')
}

/** Pieces go together by index, or by id where there is none: one vendor repeats the name, one changes the id. */
function callsIn(pieces: readonly Json[]): Said['calls'] {
  const byPlace = Map.groupBy(pieces, ({ index, id }) => index ?? id)
  return [...byPlace.values()].map(call => {
    const given = call.map(piece => piece.function?.arguments ?? '')
    const texts = given.map(each => (typeof each === 'string' ? each : JSON.stringify(each)))
    return {
      name: call.find(piece => piece.function?.name)?.function.name,
      arguments: texts.join('') || '{}',
    }
  })
}

/** The last that it tells; reasoning is in the total, though some leave it out of the completion. */
function figuresIn(bodies: readonly Json[]): Figures | undefined {
  const usage: Json | undefined = bodies
    .flatMap(body => body.usage ?? body.choices?.[0]?.usage ?? body.x_groq?.usage ?? [])
    .at(-1)
  if (!usage) return undefined
  const input = usage.prompt_tokens
  const cached =
    usage.prompt_tokens_details?.cached_tokens ?? usage.prompt_cache_hit_tokens ?? usage.cached_tokens ?? 0
  return {
    input,
    // One vendor counts a token of its template as cached that is not in the prompt.
    cached: Math.min(cached, input),
    output: usage.total_tokens - input,
    reasoning: usage.completion_tokens_details?.reasoning_tokens ?? usage.reasoning_tokens ?? 0,
  }
}
