import type { AssistantMessage, Message, ToolCall } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { addTurn, askedAlone, inputOf, type Turn } from '../turns'
import type { ModelRules } from './model-rules'
import { type GeminiPart, partsOf } from './part'

/** One turn. */
export interface Content {
  role: 'user' | 'model'
  parts: GeminiPart[]
}

export interface Conversation {
  systemInstruction?: { parts: GeminiPart[] }
  contents: Content[]
}

/** Says that a call's history was written by another model: the vendor then asks for no signature. */
const FOREIGN_SIGNATURE = 'skip_thought_signature_validator'

export interface ConversationOptions {
  rules: ModelRules
  /** Whether calls have ids here. */
  hasCallIds: boolean
}

/**
 * OpenAI's messages as turns that alternate: the leading instructions apart, later ones as the user's words, the results
 * of a turn's calls together in the next one. Throws GatewayError naming the message for what cannot be said here.
 */
export function conversationOf(messages: readonly Message[], options: ConversationOptions): Conversation {
  const names = new Map(messages.flatMap(callsOf).map(({ id, name }) => [id, name]))
  const system: GeminiPart[] = []
  const turns: Turn<Content['role'], GeminiPart>[] = []
  messages.forEach((message, index) => {
    const at = `messages[${index}]`
    const isInstruction = message.role === 'system' || message.role === 'developer'
    const parts =
      message.role === 'tool' ? [resultOf(message, names, options, at)] : sayings(message, options, at)
    if (parts.length === 0) return
    if (isInstruction && turns.length === 0) system.push(...parts)
    else addTurn(turns, message.role === 'assistant' ? 'model' : 'user', parts)
  })
  if (turns.length === 0) return { contents: [{ role: 'user', parts: askedAlone(system) }] }
  const contents = turns.map(({ role, content }) => ({ role, parts: content }))
  return { ...(system.length > 0 && { systemInstruction: { parts: system } }), contents }
}

function callsOf(message: Message): ToolCall[] {
  return message.role === 'assistant' ? message.toolCalls : []
}

function sayings(
  message: Exclude<Message, { role: 'tool' }>,
  options: ConversationOptions,
  at: string,
): GeminiPart[] {
  const said = partsOf(message.content, `${at}.content`)
  if (message.role !== 'assistant') return said
  const refused = message.refusal ? [{ text: message.refusal }] : []
  return [...withSignature(said, message), ...refused, ...calls(message, options)]
}

/** The signature of a text stands on its last part. */
function withSignature(parts: GeminiPart[], { reasoningDetails }: AssistantMessage): GeminiPart[] {
  const signature = reasoningDetails?.find(
    ({ type, format }) => type === 'reasoning.encrypted' && format === SIGNATURE_FORMAT,
  )
  const last = parts.at(-1)
  if (!last || typeof signature?.data !== 'string') return parts
  return [...parts.slice(0, -1), { ...last, thoughtSignature: signature.data }]
}

/** How `reasoning_details` names this vendor's signatures. */
export const SIGNATURE_FORMAT = 'google-gemini-v1'

/** Only the first of parallel calls carries a signature, and must. */
function calls({ toolCalls }: AssistantMessage, { rules, hasCallIds }: ConversationOptions): GeminiPart[] {
  return toolCalls.map((call, index) => {
    const { id, name, signature } = call
    const own = signature ?? (index === 0 && rules.signsCalls ? FOREIGN_SIGNATURE : undefined)
    return {
      functionCall: { ...(hasCallIds && { id }), name, args: inputOf(call) },
      ...(own !== undefined && { thoughtSignature: own }),
    }
  })
}

function resultOf(
  message: Extract<Message, { role: 'tool' }>,
  names: ReadonlyMap<string, string>,
  { hasCallIds }: ConversationOptions,
  at: string,
): GeminiPart {
  const { toolCallId: id, content } = message
  const name = names.get(id)
  if (name === undefined)
    throw field.invalid(`${at}.tool_call_id`, 'no tool call before this message has this id')
  const output = content.map(part => (part.type === 'text' ? part.text : '')).join('')
  const media = partsOf(content, `${at}.content`).filter(part => !('text' in part))
  return {
    functionResponse: {
      ...(hasCallIds && { id }),
      name,
      response: { output: jsonOrText(output) },
      ...(media.length > 0 && { parts: media }),
    },
  }
}

/** A result that is JSON is told as what it is; `$ref` means something of its own here, so such a result stays text. */
function jsonOrText(text: string): unknown {
  if (!/^\s*[[{]/.test(text) || text.includes('"$ref"')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
