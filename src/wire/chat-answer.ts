import { isUtf8 } from 'node:buffer'
import { JsonReader, type Span } from './json-reader'
import { findMember, firstChoiceMember } from './member'

/** A whole answer, only what we read of it. */
export interface UnaryAnswer {
  bytes: Uint8Array
  model: string | undefined
  finishReason: string | null
  /** The usage object as the vendor wrote it. */
  usage: unknown
  /** It stands in the first choice, not where callers look for it. */
  isUsageBeside: boolean
  /** Where the outermost member of that name stands. */
  usageSpan: Span | undefined
  /** What the answer says, should it have to be counted. */
  texts: () => string[]
}

const USAGE = Buffer.from('"usage"')
const FINISH = Buffer.from('"finish_reason"')
const MOST_REASON_CHARACTERS = 64

/** Reads a vendor's JSON answer without making values of what is only passed on; undefined if it is no JSON object with choices. */
export function readAnswer(bytes: Uint8Array): UnaryAnswer | undefined {
  try {
    const reader = new JsonReader(bytes)
    const spans: Partial<Record<'choices' | 'model' | 'usage', Span>> = {}
    reader.object(key => {
      const span = reader.skip()
      if (key === 'choices' || key === 'model' || key === 'usage') spans[key] = span
    })
    reader.finish()
    const { choices } = spans
    if (!choices || !isUtf8(bytes)) return undefined
    const model = memberValue(reader, spans.model)
    const own = memberValue(reader, spans.usage) ?? undefined
    const beside = own === undefined ? usageOfChoice(reader) : undefined
    return {
      bytes,
      model: typeof model === 'string' && model !== '' ? model : undefined,
      finishReason: finishReasonOf(reader, choices),
      usage: own ?? beside,
      isUsageBeside: beside !== undefined,
      usageSpan: spans.usage,
      texts: () => textsOf(reader.value(choices)),
    }
  } catch {
    // Whatever the reader finds wrong with it: it is not the answer that was asked for.
    return undefined
  }
}

/** The first that is a word, of whichever choice. */
function finishReasonOf(reader: JsonReader, choices: Span): string | null {
  const { bytes } = reader
  let found = findMember(bytes, FINISH, choices.start)
  for (; found && found.end < choices.end; found = findMember(bytes, FINISH, found.end)) {
    reader.position = found.end
    const reason = reader.value(reader.skip())
    if (typeof reason === 'string' && reason !== '' && reason.length <= MOST_REASON_CHARACTERS) return reason
  }
  return null
}

function memberValue(reader: JsonReader, span: Span | undefined): unknown {
  return span && reader.value(span)
}

function usageOfChoice(reader: JsonReader): unknown {
  const found = firstChoiceMember(reader.bytes, USAGE)
  if (!found) return undefined
  reader.position = found.end
  return memberValue(reader, reader.skip()) ?? undefined
}

/** Text, reasoning, refusal and calls of every choice. */
function textsOf(choices: unknown): string[] {
  if (!Array.isArray(choices)) return []
  return choices.flatMap(choice => {
    const { message: said, text } = (choice ?? {}) as { message?: Record<string, unknown>; text?: unknown }
    const message = said ?? {}
    const calls: unknown[] = Array.isArray(message.tool_calls) ? message.tool_calls : []
    const called = calls.flatMap(call => {
      const { name, arguments: given } =
        (call as { function?: Record<string, unknown> } | null)?.function ?? {}
      return [name, given]
    })
    // Some vendors say their reasoning under both names.
    const told = [
      text,
      message.content,
      message.reasoning_content ?? message.reasoning,
      message.refusal,
      ...called,
    ]
    return told.filter(each => typeof each === 'string')
  })
}
