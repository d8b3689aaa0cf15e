import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import { StreamReader } from './stream'

type Raw = Record<string, unknown>

/** A whole answer as the events that a stream of it would have given. */
export function answerEvents(body: unknown): ChatEvent[] {
  if (!isObject(body) || !isObject(body.message)) return [{ kind: 'error', body }]
  const { message, finish_reason, usage } = body
  const steps: Raw[] = [
    { type: 'message-start', id: body.id },
    { type: 'tool-plan-delta', delta: { message: { tool_plan: message.tool_plan } } },
    ...listOf(message.content).map(content => ({ type: 'content-delta', delta: { message: { content } } })),
    ...listOf(message.tool_calls).flatMap((call, index) => [
      { type: 'tool-call-start', index, delta: { message: { tool_calls: call } } },
      { type: 'tool-call-end', index },
    ]),
    ...listOf(message.citations).map(citations => ({
      type: 'citation-start',
      delta: { message: { citations } },
    })),
    { type: 'message-end', delta: { finish_reason, usage } },
  ]
  const reader = new StreamReader()
  return steps.flatMap(step => reader.push({ name: null, data: JSON.stringify(step) }))
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
