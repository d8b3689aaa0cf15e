import type { AssistantMessage, ChatBody, Message, Part, ToolCall } from '../../wire/chat-body'
import { extraContent } from '../../wire/extra-content'
import { unsupported } from '../../wire/field'
import type { CompatibleFacts } from './facts'

type Members = Record<string, unknown>

/** The conversation in OpenAI's JSON, as this vendor takes it. */
export function messagesOf({ messages }: ChatBody, facts: CompatibleFacts, model: string): Members[] {
  return messages.map((message, index) => messageOf(message, `messages[${index}]`, facts, model))
}

function messageOf(message: Message, at: string, facts: CompatibleFacts, model: string): Members {
  if (message.role === 'assistant') return assistantOf(message, at, facts, model)
  const content = contentOf(message.content, at, facts)
  if (message.role === 'tool') return { role: 'tool', tool_call_id: idOf(message.toolCallId, facts), content }
  const role = message.role === 'developer' && !facts.hasDeveloper ? 'system' : message.role
  return { role, content, ...nameOf(message.name, facts) }
}

function assistantOf(message: AssistantMessage, at: string, facts: CompatibleFacts, model: string): Members {
  const { toolCalls, refusal } = message
  const text = contentOf(message.content, at, facts)
  const calls = toolCalls.map(call => callOf(call, facts))
  // A refusal is what the assistant said: where there is no member for it, it is its text.
  const content = text === '' && refusal !== undefined && facts.isStrict ? refusal : text
  return {
    role: 'assistant',
    content: content === '' && calls.length > 0 && !facts.isStrict ? null : content,
    ...(refusal !== undefined && !facts.isStrict && { refusal }),
    ...nameOf(message.name, facts),
    ...(facts.replay ? facts.replay(message, model) : thoughtOf(message)),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** As callers hand it back to most of them. */
function thoughtOf({ reasoning }: AssistantMessage): Members {
  return reasoning === undefined ? {} : { reasoning_content: reasoning }
}

function nameOf(name: string | undefined, facts: CompatibleFacts): Members {
  return name === undefined || facts.isStrict ? {} : { name }
}

function callOf(call: ToolCall, facts: CompatibleFacts): Members {
  const id = idOf(call.id, facts)
  const { name, isCustom, arguments: given } = call
  if (isCustom && facts.takesAllTools) return { id, type: 'custom', custom: { name, input: given } }
  return {
    id,
    type: 'function',
    function: { name, arguments: isCustom ? JSON.stringify({ input: given }) : given || '{}' },
    ...(call.signature !== undefined && !facts.isStrict && extraContent(call.signature)),
  }
}

function idOf(id: string, { toolId }: CompatibleFacts): string {
  return toolId ? toolId(id) : id
}

/** A text where that is all, since not every server takes parts; else the parts. */
function contentOf(parts: readonly Part[], at: string, facts: CompatibleFacts): string | Members[] {
  const marks = facts.takesCacheMarks === true && parts.some(({ cache }) => cache)
  const texts = parts.flatMap(part => (part.type === 'text' ? [part.text] : []))
  const isText = texts.length === parts.length
  if (isText && !marks && (texts.length < 2 || facts.joinsTexts)) return texts.join('\n\n')
  return parts.map((part, index) => ({
    ...partOf(part, `${at}.content[${index}]`, facts),
    ...(part.cache && marks && { cache_control: { type: 'ephemeral', ...part.cache } }),
  }))
}

function partOf(part: Part, at: string, facts: CompatibleFacts): Members {
  if (part.type === 'text') return { type: 'text', text: part.text }
  if (part.type === 'image') return imageOf(part, at, facts)
  if (!facts.takesMedia) throw unsupported(at, `this model takes no ${part.type} parts`)
  if (part.type === 'audio')
    return { type: 'input_audio', input_audio: { data: part.data, format: part.format } }
  const { data, id, name } = part
  return {
    type: 'file',
    file: {
      ...(data !== undefined && { file_data: data }),
      ...(id !== undefined && { file_id: id }),
      ...(name !== undefined && { filename: name }),
    },
  }
}

function imageOf(part: Extract<Part, { type: 'image' }>, at: string, facts: CompatibleFacts): Members {
  const { url, detail } = part
  if (facts.fetchesNoImages && /^https?:/i.test(url))
    throw unsupported(`${at}.image_url.url`, 'this model takes pictures as data URLs, not as addresses')
  return { type: 'image_url', image_url: { url, ...(detail !== undefined && !facts.isStrict && { detail }) } }
}

/** What this vendor's messages and tools have no place for. */
export function lostIn({ messages, tools }: ChatBody, facts: CompatibleFacts): string[] {
  const isNamed = messages.some(message => 'name' in message && message.name !== undefined)
  const isStrict = tools?.some(({ strict }) => strict) ?? false
  const hasFormat = tools?.some(({ format }) => format !== undefined) ?? false
  return [
    ...(hasFormat && !facts.takesAllTools ? ['tools.custom.format'] : []),
    ...(facts.isStrict && isNamed ? ['messages.name'] : []),
    ...(facts.hasNoStrict && isStrict ? ['tools.function.strict'] : []),
  ]
}
