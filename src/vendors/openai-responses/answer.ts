import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import { StreamReader } from './stream'

type Raw = Record<string, unknown>

/** A whole response as the events that a stream of it would have given. */
export function answerEvents(body: unknown): ChatEvent[] {
  if (!isObject(body) || !Array.isArray(body.output) || body.status === 'failed')
    return [{ kind: 'error', body: isObject(body) && isObject(body.error) ? { error: body.error } : body }]
  const reader = new StreamReader()
  const items = body.output.filter(isObject).flatMap((item, index) => itemEvents(item, index))
  return [
    { type: 'response.created', response: body },
    ...items,
    { type: 'response.completed', response: body },
  ].flatMap(event => reader.take(event))
}

function itemEvents(item: Raw, output_index: number): Raw[] {
  const done = { type: 'response.output_item.done', output_index, item }
  const parts = [...listOf(item.summary), ...listOf(item.content)]
  return [...parts.flatMap((part, index) => partEvents(part, index)), done]
}

function partEvents(part: Raw, summary_index: number): Raw[] {
  switch (part.type) {
    case 'output_text': {
      const annotations = listOf(part.annotations).map(annotation => ({
        type: 'response.output_text.annotation.added',
        annotation,
      }))
      return [
        { type: 'response.output_text.delta', delta: part.text, logprobs: part.logprobs },
        ...annotations,
      ]
    }
    case 'refusal':
      return [{ type: 'response.refusal.delta', delta: part.refusal }]
    case 'summary_text':
      return [
        { type: 'response.reasoning_summary_part.added', summary_index },
        { type: 'response.reasoning_summary_text.delta', delta: part.text },
      ]
    case 'reasoning_text':
      return [{ type: 'response.reasoning_text.delta', delta: part.text }]
    default:
      return []
  }
}

function listOf(value: unknown): Raw[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}
