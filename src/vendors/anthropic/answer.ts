import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import { StreamReader } from './stream'

/** A whole message as the events that a stream of it would have given. */
export function answerEvents(body: unknown): ChatEvent[] {
  if (!isObject(body) || body.type !== 'message' || !Array.isArray(body.content))
    return [{ kind: 'error', body }]
  const { content, stop_reason, stop_details, usage, ...message } = body
  const reader = new StreamReader()
  return [
    { type: 'message_start', message: { ...message, content } },
    { type: 'message_delta', delta: { stop_reason, stop_details }, usage },
    { type: 'message_stop' },
  ].flatMap(event => reader.take(event))
}
