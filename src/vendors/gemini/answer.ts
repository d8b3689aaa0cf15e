import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import { StreamReader } from './stream'

/** A whole response as the events that a stream of it would have given. */
export function answerEvents(body: unknown): ChatEvent[] {
  if (!isObject(body)) return [{ kind: 'error', body }]
  const reader = new StreamReader()
  const events = reader.take(body)
  return [...events.filter(({ kind }) => kind !== 'usage'), ...reader.end()]
}
