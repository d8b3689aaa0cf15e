import type { AssistantMessage, Message, Part, ToolCall } from '../../wire/chat-body'
import type { Plan } from './plan'
import type { Tags } from './tags'

/** A conversation with its calls and their results as text, in the form in which the model is to make calls itself. */
export function rewritten(messages: readonly Message[], plan: Plan, tags: Tags): Message[] {
  const names = namesOf(messages)
  const isEnveloped = plan.tools !== undefined && plan.tools.rung !== 'prompt'
  const told: Message[] = []
  // What comes after a result is joined to it: a model's template may want its turns one by one.
  let isOpen = false
  for (const message of messages) {
    const said = asText(message, names, isEnveloped, tags)
    const last = told.at(-1)
    if (isOpen && said.role === 'user' && last)
      told[told.length - 1] = { ...last, content: joined(last.content, said.content) }
    else told.push(said)
    isOpen = said.role === 'user' && (isOpen || message.role === 'tool')
  }
  return told
}

/** Which tool each call was of. */
function namesOf(messages: readonly Message[]): Map<string, string> {
  const calls = messages.flatMap(message => (message.role === 'assistant' ? message.toolCalls : []))
  return new Map(calls.map(({ id, name }) => [id, name]))
}

function asText(
  message: Message,
  names: ReadonlyMap<string, string>,
  isEnveloped: boolean,
  tags: Tags,
): Message {
  if (message.role === 'tool') return resultOf(message, names, tags)
  if (message.role !== 'assistant') return message
  return isEnveloped ? inEnvelope(message) : inTags(message, tags)
}

function inTags(message: AssistantMessage, { open, close }: Tags): AssistantMessage {
  const { toolCalls } = message
  if (toolCalls.length === 0) return message
  const calls = toolCalls.map(call => `${open}${callJson(call)}${close}`).join('\n')
  return { ...message, toolCalls: [], content: joined(message.content, [{ type: 'text', text: calls }]) }
}

function inEnvelope(message: AssistantMessage): AssistantMessage {
  const { toolCalls, content } = message
  const text = content.map(part => (part.type === 'text' ? part.text : '')).join('')
  const calls = toolCalls.map(callJson).join(',')
  const said =
    toolCalls.length > 0 ? `{"type":"tool_calls","calls":[${calls}]}` : JSON.stringify({ type: 'text', text })
  // Words beside calls have no place in an envelope: they stand before it.
  const before: Part[] = toolCalls.length > 0 && text.trim() !== '' ? [{ type: 'text', text }] : []
  return { ...message, toolCalls: [], content: joined(before, [{ type: 'text', text: said }]) }
}

/** The arguments as they were written, unless that is no JSON. */
function callJson({ name, arguments: given, isCustom }: ToolCall): string {
  const written = isCustom ? JSON.stringify({ input: given }) : isJson(given) ? given : JSON.stringify(given)
  return `{"name":${JSON.stringify(name)},"arguments":${given === '' && !isCustom ? '{}' : written}}`
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function resultOf(
  { toolCallId, content }: Extract<Message, { role: 'tool' }>,
  names: ReadonlyMap<string, string>,
  { openResult, closeResult }: Tags,
): Extract<Message, { role: 'user' }> {
  const opened = `${openResult(names.get(toolCallId) ?? '', toolCallId)}\n`
  const parts: Part[] = [
    { type: 'text', text: opened },
    ...content,
    { type: 'text', text: `\n${closeResult}` },
  ]
  return { role: 'user', content: merged(parts, '') }
}

/** Parts one after another, those that are nothing but text as one text. */
export function joined(before: readonly Part[], after: readonly Part[]): Part[] {
  return before.length === 0 ? [...after] : merged([...before, ...after], '\n\n')
}

function merged(parts: readonly Part[], between: string): Part[] {
  const all: Part[] = []
  for (const part of parts) {
    const last = all.at(-1)
    if (part.type === 'text' && last?.type === 'text' && !part.cache && !last.cache)
      all[all.length - 1] = { type: 'text', text: `${last.text}${between}${part.text}` }
    else all.push(part)
  }
  return all
}
