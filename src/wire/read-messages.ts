import type { AssistantMessage, Message, Part, ToolCall } from './chat-body'
import { signatureIn } from './extra-content'
import * as field from './field'
import { type PartType, readCacheMark, readContent } from './read-part'
import { withoutAbsent } from './without-absent'

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const
const TEXT: readonly PartType[] = ['text']
const ANY: readonly PartType[] = ['text', 'image_url', 'input_audio', 'file']
const OF_A_TOOL: readonly PartType[] = ['text', 'image_url', 'file']
const OF_AN_ASSISTANT: readonly PartType[] = ['text', 'refusal']

/** The conversation, the deprecated function messages told as tool calls and their results. */
export function readMessages(value: unknown): Message[] {
  const given = field.required(field.array(value, 'messages'), 'messages')
  if (given.length === 0) throw field.emptyArray('messages')
  const functions = new FunctionCalls()
  return given.map((message, index) => readMessage(message, `messages[${index}]`, functions))
}

function readMessage(value: unknown, at: string, functions: FunctionCalls): Message {
  const message = field.required(field.object(value, at), at)
  const role = field.required(field.oneOf(message.role, `${at}.role`, ROLES), `${at}.role`)
  if (role === 'assistant') return readAssistant(message, at, functions)
  const types = role === 'user' ? ANY : role === 'tool' ? OF_A_TOOL : TEXT
  // A function that found nothing says null; nobody else may leave the content out.
  if (role !== 'function') field.required(message.content ?? undefined, `${at}.content`)
  const content = marked(message, at, readContent(message.content, `${at}.content`, types) as Part[])
  if (role === 'tool') return { role, toolCallId: text(message.tool_call_id, `${at}.tool_call_id`), content }
  if (role === 'function')
    return { role: 'tool', toolCallId: functions.answered(text(message.name, `${at}.name`), at), content }
  return withoutAbsent({ role, content, name: field.string(message.name, `${at}.name`) })
}

function readAssistant(
  message: Record<string, unknown>,
  at: string,
  functions: FunctionCalls,
): AssistantMessage {
  const written = readContent(message.content, `${at}.content`, OF_AN_ASSISTANT)
  const content = written.filter((part): part is Part => part.type !== 'refusal')
  const refused = written.flatMap(part => (part.type === 'refusal' ? [part.text] : []))
  if (field.object(message.audio, `${at}.audio`))
    throw field.unsupported(`${at}.audio`, 'this model cannot be told of an earlier audio answer')
  const called = readToolCalls(message.tool_calls, `${at}.tool_calls`)
  const legacy = field.object(message.function_call, `${at}.function_call`)
  return withoutAbsent({
    role: 'assistant' as const,
    content: marked(message, at, content),
    refusal: refused.join('') || field.string(message.refusal, `${at}.refusal`) || undefined,
    name: field.string(message.name, `${at}.name`),
    toolCalls: legacy && called.length === 0 ? [functions.called(legacy, `${at}.function_call`)] : called,
    reasoning: reasoningOf(message, at),
    reasoningDetails: readDetails(message.reasoning_details, `${at}.reasoning_details`),
  })
}

function reasoningOf(message: Record<string, unknown>, at: string): string | undefined {
  return (
    field.string(message.reasoning_content, `${at}.reasoning_content`) ??
    // Others use this name for an object of their own: only a text is a thought.
    (typeof message.reasoning === 'string' ? message.reasoning : undefined)
  )
}

function readDetails(value: unknown, at: string): AssistantMessage['reasoningDetails'] {
  const details = field.array(value, at)
  if (!details || details.length === 0) return undefined
  return details.map((detail, index) => {
    const given = field.required(field.object(detail, `${at}[${index}]`), `${at}[${index}]`)
    return { ...given, type: text(given.type, `${at}[${index}].type`) }
  })
}

function readToolCalls(value: unknown, at: string): ToolCall[] {
  return (field.array(value, at) ?? []).map((call, index) => readToolCall(call, `${at}[${index}]`))
}

function readToolCall(value: unknown, at: string): ToolCall {
  const call = field.required(field.object(value, at), at)
  const type = field.oneOf(call.type, `${at}.type`, ['function', 'custom'] as const) ?? 'function'
  const called = field.required(field.object(call[type], `${at}.${type}`), `${at}.${type}`)
  const given = type === 'custom' ? 'input' : 'arguments'
  return withoutAbsent({
    id: nonEmpty(call.id, `${at}.id`),
    name: nonEmpty(called.name, `${at}.${type}.name`),
    arguments: field.string(called[given], `${at}.${type}.${given}`) ?? '',
    isCustom: type === 'custom',
    signature: signatureIn(call),
  })
}

/** Some callers mark a whole message; that is its last part. */
function marked(message: Record<string, unknown>, at: string, content: Part[]): Part[] {
  const cache = readCacheMark(message, at)
  const last = content.at(-1)
  return cache && last ? [...content.slice(0, -1), { ...last, cache }] : content
}

function text(value: unknown, at: string): string {
  return field.required(field.string(value, at), at)
}

function nonEmpty(value: unknown, at: string): string {
  const said = text(value, at)
  if (said === '') throw field.invalid(at, 'empty')
  return said
}

/** The deprecated calls have no ids: a result belongs to the latest call of its name. */
class FunctionCalls {
  private readonly latest = new Map<string, string>()
  private count = 0

  called(call: Record<string, unknown>, at: string): ToolCall {
    const name = nonEmpty(call.name, `${at}.name`)
    const id = `call_function_${this.count++}`
    this.latest.set(name, id)
    return {
      id,
      name,
      arguments: field.string(call.arguments, `${at}.arguments`) ?? '',
      isCustom: false,
    }
  }

  answered(name: string, at: string): string {
    const id = this.latest.get(name)
    if (id === undefined)
      throw field.invalid(`${at}.name`, 'no function_call before this message has this name')
    return id
  }
}
