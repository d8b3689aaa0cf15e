import type { AssistantMessage, Message, Part, ToolCall } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { fittingToolId, type ToolIdRule } from '../tool-id'

const ID_RULE: ToolIdRule = { allowed: /^.{1,64}$/s, prefix: 'call_', length: 24 }

/** One item of a Responses request. */
export type Item = Record<string, unknown>

/** Marks what came from here among a history's reasoning, which may come of several vendors. */
export const REASONING_FORMAT = 'openai-responses-v1'

/** A conversation as items: messages, the calls of tools, and what they gave. */
export function itemsOf(messages: readonly Message[]): Item[] {
  const custom = new Set(messages.flatMap(customCalls))
  const items = messages.flatMap((message, index) => itemsOfMessage(message, custom, `messages[${index}]`))
  if (items.length === 0) throw field.invalid('messages', 'no message has any content')
  return items
}

function customCalls(message: Message): string[] {
  if (message.role !== 'assistant') return []
  return message.toolCalls.filter(({ isCustom }) => isCustom).map(({ id }) => id)
}

function itemsOfMessage(message: Message, custom: ReadonlySet<string>, at: string): Item[] {
  if (message.role === 'assistant') return assistantItems(message, at)
  if (message.role === 'tool') {
    const type = custom.has(message.toolCallId) ? 'custom_tool_call_output' : 'function_call_output'
    return [
      { type, call_id: fittingToolId(message.toolCallId, ID_RULE), output: outputOf(message.content, at) },
    ]
  }
  const content = message.content.map((part, index) => partOf(part, `${at}.content[${index}]`))
  return content.length === 0 ? [] : [{ role: message.role, content }]
}

/** Thoughts stand before what they led to, calls behind the words. */
function assistantItems(
  { content, refusal, toolCalls, reasoningDetails = [] }: AssistantMessage,
  at: string,
): Item[] {
  const text = content.map(part => textOf(part, at)).join('')
  const said: Item[] = text === '' ? [] : [{ role: 'assistant', content: [{ type: 'output_text', text }] }]
  const refused: Item[] = refusal ? [{ role: 'assistant', content: [{ type: 'refusal', refusal }] }] : []
  const thoughts = reasoningDetails.flatMap(({ type, format, id, data }): Item[] => {
    const isOurs = type === 'reasoning.encrypted' && format === REASONING_FORMAT && typeof data === 'string'
    return isOurs
      ? [{ type: 'reasoning', ...(typeof id === 'string' && { id }), summary: [], encrypted_content: data }]
      : []
  })
  return [...thoughts, ...said, ...refused, ...toolCalls.map(callOf)]
}

function callOf({ id, name, arguments: given, isCustom }: ToolCall): Item {
  return isCustom
    ? { type: 'custom_tool_call', call_id: fittingToolId(id, ID_RULE), name, input: given }
    : { type: 'function_call', call_id: fittingToolId(id, ID_RULE), name, arguments: given || '{}' }
}

function outputOf(parts: readonly Part[], at: string): unknown {
  if (parts.every(({ type }) => type === 'text')) return parts.map(part => textOf(part, at)).join('')
  return parts.map((part, index) => partOf(part, `${at}.content[${index}]`))
}

function partOf(part: Part, at: string): Item {
  switch (part.type) {
    case 'text':
      return { type: 'input_text', text: part.text }
    case 'image':
      return {
        type: 'input_image',
        image_url: part.url,
        ...(part.detail !== undefined && { detail: part.detail }),
      }
    case 'file':
      return {
        type: 'input_file',
        ...(part.data !== undefined ? { file_data: part.data } : { file_id: part.id }),
        ...(part.name !== undefined && { filename: part.name }),
      }
    case 'audio':
      throw field.unsupported(at, 'this model does not take audio')
  }
}

function textOf(part: Part, at: string): string {
  if (part.type === 'text') return part.text
  throw field.unsupported(`${at}.content`, 'this model takes nothing but texts here')
}
