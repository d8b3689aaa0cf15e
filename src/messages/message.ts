import { isObject } from '../lib/object'
import type { ChatEvent } from '../wire/chat-event'
import { MessageWriter, type MessageWriterOptions } from './writer'

/** A translated answer as a whole message: everything but its usage. */
export interface WholeMessage {
  json: Record<string, unknown>
  model: string
  stopReason: string
}

/** The events of a whole answer as a message; undefined if they do not end: then it is no answer. */
export function messageOf(
  events: readonly ChatEvent[],
  options: MessageWriterOptions,
): WholeMessage | undefined {
  if (!events.some(({ kind }) => kind === 'finish')) return undefined
  const writer = new MessageWriter(options)
  const written = events.map(event => writer.write(event)).join('')
  const content: Block[] = []
  for (const line of written.split('\n'))
    if (line.startsWith('data: ')) add(content, JSON.parse(line.slice(6)))
  const { id, model } = writer.head
  const last = writer.lastDelta()
  const json = { id, type: 'message', role: 'assistant', model, content: content.map(finished), ...last }
  return { json, model, stopReason: last.stop_reason }
}

type Block = Record<string, unknown>

const MEMBERS: Record<string, string> = {
  text_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'signature',
  input_json_delta: 'partial_json',
}

function add(content: Block[], event: { content_block?: Block; delta?: Block }): void {
  if (event.content_block) content.push({ ...event.content_block })
  const block = content.at(-1)
  const { delta } = event
  if (!block || !delta) return
  const member = MEMBERS[String(delta.type)]
  if (member) block[member] = `${block[member] ?? ''}${delta[member]}`
  else if (delta.type === 'citations_delta')
    block.citations = [...(Array.isArray(block.citations) ? block.citations : []), delta.citation]
}

/** A call's arguments are an object: whatever else a model wrote is none. */
function finished({ partial_json, ...block }: Block): Block {
  return block.type === 'tool_use' ? { ...block, input: objectOf(partial_json) } : block
}

function objectOf(text: unknown): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(String(text ?? '{}'))
    return isObject(value) ? value : {}
  } catch {
    return {}
  }
}
