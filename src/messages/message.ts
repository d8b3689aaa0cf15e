import { parseObject } from '../lib/json'
import type { ChatEvent } from '../wire/chat-event'
import type { Completion } from '../wire/completion'
import { MessageWriter, type MessageWriterOptions } from './writer'

/** The events of a whole answer as a message without its usage; undefined if they do not end: then it is no answer. */
export function messageOf(
  events: readonly ChatEvent[],
  options: MessageWriterOptions,
): Completion | undefined {
  const finish = events.find(event => event.kind === 'finish')
  if (!finish) return undefined
  const writer = new MessageWriter(options)
  const written = events.map(event => writer.write(event)).join('')
  const blocks: Block[] = []
  for (const line of written.split('\n'))
    if (line.startsWith('data: ')) add(blocks, JSON.parse(line.slice(6)))
  const content = blocks.map(finished)
  const { id, model } = writer.head
  const message = { id, type: 'message', role: 'assistant', model, content, ...writer.lastDelta() }
  return {
    bytes: Buffer.from(JSON.stringify(message)),
    head: writer.head,
    finishReason: writer.reasonOf(0, finish.reason),
    texts: content.flatMap(textsOf),
  }
}

/** What a block says, should it have to be counted. */
function textsOf({ text, thinking, name, input }: Block): string[] {
  const given = input === undefined ? undefined : JSON.stringify(input)
  return [text, thinking, name, given].filter(said => typeof said === 'string')
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
  return parseObject(String(text ?? '{}')) ?? {}
}
