import { isObject } from '../../lib/object'
import type { ChatEvent } from '../../wire/chat-event'
import { StreamReader } from './stream'

type Raw = Record<string, unknown>

/** A whole answer as the events that a stream of it would have given. */
export function answerEvents(body: unknown): ChatEvent[] {
  const message = isObject(body) && isObject(body.output) ? body.output.message : undefined
  if (!isObject(body) || !isObject(message) || !Array.isArray(message.content))
    return [{ kind: 'error', body }]
  const reader = new StreamReader()
  const blocks = message.content.filter(isObject)
  return [
    ...reader.take('messageStart', {}),
    ...blocks.flatMap((block, index) => blockEvents(reader, block, index)),
    ...reader.take('messageStop', { stopReason: body.stopReason }),
    ...reader.take('metadata', { usage: body.usage }),
  ]
}

function blockEvents(reader: StreamReader, block: Raw, contentBlockIndex: number): ChatEvent[] {
  const delta = (given: Raw) => reader.take('contentBlockDelta', { contentBlockIndex, delta: given })
  const end = () => reader.take('contentBlockStop', { contentBlockIndex })
  if (isObject(block.toolUse)) {
    const start = reader.take('contentBlockStart', { contentBlockIndex, start: { toolUse: block.toolUse } })
    const input = JSON.stringify(block.toolUse.input ?? {})
    return [...start, ...delta({ toolUse: { input } }), ...end()]
  }
  if (isObject(block.reasoningContent)) {
    const { reasoningText, redactedContent } = block.reasoningContent
    const { text, signature } = isObject(reasoningText) ? reasoningText : {}
    return [{ text }, { signature }, { redactedContent }]
      .flatMap(part => delta({ reasoningContent: part }))
      .concat(end())
  }
  return [...delta({ text: block.text }), ...end()]
}
