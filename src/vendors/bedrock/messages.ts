import { isObject } from '../../lib/object'
import type { AssistantMessage, Message, ToolCall } from '../../wire/chat-body'
import { fittingToolId, type ToolIdRule } from '../tool-id'
import { type Turn as AnyTurn, addTurn, askedAlone, BEGINNING, inputOf, resultsFirst } from '../turns'
import { type Block, blocksOf, DocumentNames } from './content'
import { thoughtsOf } from './thoughts'

export type Turn = AnyTurn<'user' | 'assistant', Block>

const ID_RULE: ToolIdRule = { allowed: /^[a-zA-Z0-9_-]{1,64}$/, prefix: 'tooluse_', length: 22 }

export interface Conversation {
  system: Block[]
  messages: Turn[]
}

/**
 * OpenAI's messages as Converse's: the leading system text apart, later ones as the user's words, turns that alternate, the
 * results of all calls of a turn in the next one. Throws GatewayError naming the message for what cannot be said here.
 */
export function conversationOf(messages: readonly Message[]): Conversation {
  const names = new DocumentNames()
  const system: Block[] = []
  const turns: Turn[] = []
  messages.forEach((message, index) => {
    const content = contentOf(message, names, `messages[${index}]`)
    if (content.length === 0) return
    const isInstruction = message.role === 'system' || message.role === 'developer'
    if (isInstruction && turns.length === 0) system.push(...content)
    else addTurn(turns, message.role === 'assistant' ? 'assistant' : 'user', content)
  })
  if (turns.length === 0) return { system: [], messages: [{ role: 'user', content: askedAlone(system) }] }
  if (turns[0]?.role !== 'user') turns.unshift({ role: 'user', content: [{ text: BEGINNING }] })
  return { system, messages: turns.map(inOrder) }
}

function contentOf(message: Message, names: DocumentNames, at: string): Block[] {
  const blocks = blocksOf(message.content, names, `${at}.content`)
  if (message.role === 'tool') return [{ toolResult: resultOf(message.toolCallId, blocks) }]
  return message.role === 'assistant' ? assistantBlocks(message, blocks) : blocks
}

function resultOf(id: string, blocks: readonly Block[]): Record<string, unknown> {
  const content = blocks.filter(block => !('cachePoint' in block))
  return {
    toolUseId: fittingToolId(id, ID_RULE),
    content: content.length > 0 ? content : [{ text: '(empty)' }],
    status: 'success',
  }
}

/** Thoughts stand before what they led to, calls at the end. */
function assistantBlocks(message: AssistantMessage, said: Block[]): Block[] {
  const refused = message.refusal?.trim() ? [{ text: message.refusal }] : []
  const rest = [...said, ...refused, ...message.toolCalls.map(call => ({ toolUse: callOf(call) }))]
  return rest.length === 0 ? [] : [...thoughtsOf(message.reasoningDetails), ...rest]
}

function callOf(call: ToolCall): Record<string, unknown> {
  return { toolUseId: fittingToolId(call.id, ID_RULE), name: call.name, input: inputOf(call) }
}

function inOrder({ role, content }: Turn): Turn {
  return { role, content: resultsFirst(content, block => 'toolResult' in block) }
}

/** The names that a conversation's turns call. */
export function calledIn(turns: readonly Turn[]): string[] {
  const uses = turns.flatMap(({ content }) => content.map(({ toolUse }) => toolUse))
  return [...new Set(uses.flatMap(use => (isObject(use) && typeof use.name === 'string' ? [use.name] : [])))]
}
