import type { AssistantMessage, Message, Part, ToolCall } from '../../wire/chat-body'
import * as field from '../../wire/field'

type CohereMessage = Record<string, unknown>

/** OpenAI's messages in Cohere's: a call's plan stands where OpenAI has the text beside it. */
export function messagesOf(messages: readonly Message[]): CohereMessage[] {
  const said = messages.flatMap((message, index) => {
    const cohere = messageOf(message, `messages[${index}]`)
    return cohere ? [cohere] : []
  })
  if (said.length === 0) throw field.invalid('messages', 'no message has any content')
  return said
}

function messageOf(message: Message, at: string): CohereMessage | undefined {
  if (message.role === 'assistant') return assistant(message, at)
  const content = contentOf(message.content, at)
  if (message.role === 'tool')
    return { role: 'tool', tool_call_id: message.toolCallId, content: content ?? '' }
  if (content === undefined) return undefined
  return { role: message.role === 'user' ? 'user' : 'system', content }
}

function assistant(message: AssistantMessage, at: string): CohereMessage | undefined {
  const text = message.content.map(part => textOf(part, at)).join('')
  const said = text || message.refusal || ''
  if (message.toolCalls.length > 0) {
    const plan = said || message.reasoning
    return { role: 'assistant', ...(plan && { tool_plan: plan }), tool_calls: message.toolCalls.map(callOf) }
  }
  return said === '' ? undefined : { role: 'assistant', content: said }
}

function callOf({ id, name, arguments: given, isCustom }: ToolCall): Record<string, unknown> {
  const text = isCustom ? JSON.stringify({ input: given }) : given || '{}'
  return { id, type: 'function', function: { name, arguments: text } }
}

/** A text alone is a text; undefined where nothing is said. */
function contentOf(parts: readonly Part[], at: string): unknown {
  if (parts.length === 0) return undefined
  if (parts.every(({ type }) => type === 'text')) return parts.map(part => textOf(part, at)).join('')
  return parts.map((part, index) => partOf(part, `${at}.content[${index}]`))
}

function partOf(part: Part, at: string): Record<string, unknown> {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'image') {
    const { url, detail } = part
    return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail }) } }
  }
  throw field.unsupported(at, 'this model takes texts and images')
}

function textOf(part: Part, at: string): string {
  if (part.type === 'text') return part.text
  throw field.unsupported(`${at}.content`, 'this model takes nothing but texts here')
}
