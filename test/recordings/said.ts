import type OpenAI from 'openai'

/** What an answer says, in whatever dialect. */
export interface Said {
  text: string
  reasoning: string
  refusal: string
  /** Arguments are a text where the vendor writes a text, else the value that they are. */
  calls: { name: string; arguments: unknown }[]
  finish: string
  /** Absent where the vendor tells none. */
  figures?: Figures
}

/** Tokens: cached ones are part of the input, reasoning of the output. */
export interface Figures {
  input: number
  cached: number
  output: number
  reasoning: number
}

/** What OpenAI's client got, and how many tokens it was told. */
export interface Heard extends Required<Said> {
  calls: { name: string; arguments: string }[]
}

type Thought = { reasoning_content?: string | null }

/** Of a whole answer. */
export function heardInAnswer({ choices, usage }: OpenAI.ChatCompletion): Heard {
  const { message, finish_reason: finish } = choices[0]!
  const called = (message.tool_calls ?? []).flatMap(each => (each.type === 'function' ? [each.function] : []))
  return {
    text: message.content ?? '',
    reasoning: (message as Thought).reasoning_content ?? '',
    refusal: message.refusal ?? '',
    calls: called.map(call => ({ name: call.name, arguments: call.arguments })),
    finish,
    figures: figuresOf(usage),
  }
}

/** Of a stream; more than one ending would be told as such. */
export function heardInChunks(chunks: readonly OpenAI.ChatCompletionChunk[]): Heard {
  const choices = chunks.flatMap(each => each.choices)
  const deltas = choices.map(({ delta }) => delta)
  const pieces = Map.groupBy(
    deltas.flatMap(delta => delta.tool_calls ?? []),
    ({ index }) => index,
  )
  const joined = (read: (delta: (typeof deltas)[number]) => string | null | undefined) =>
    deltas.map(delta => read(delta) ?? '').join('')
  return {
    text: joined(({ content }) => content),
    reasoning: joined(delta => (delta as Thought).reasoning_content),
    refusal: joined(({ refusal }) => refusal),
    calls: [...pieces.values()].map(call => ({
      name: call.map(piece => piece.function?.name ?? '').join(''),
      arguments: call.map(piece => piece.function?.arguments ?? '').join(''),
    })),
    finish: choices.flatMap(({ finish_reason: reason }) => reason ?? []).join(' and '),
    figures: figuresOf(chunks.at(-1)?.usage),
  }
}

function figuresOf(usage: OpenAI.CompletionUsage | null | undefined): Figures {
  return {
    input: usage?.prompt_tokens ?? Number.NaN,
    cached: usage?.prompt_tokens_details?.cached_tokens ?? 0,
    output: usage?.completion_tokens ?? Number.NaN,
    reasoning: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
  }
}
