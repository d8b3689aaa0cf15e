import type { AssistantMessage, Message, ToolCall } from '../../wire/chat-body'
import * as field from '../../wire/field'
import { fittingToolId, type ToolIdRule } from '../tool-id'
import { addTurn, askedAlone, BEGINNING, inputOf, resultsFirst } from '../turns'
import type { Block, Turn } from './block'
import { cacheMember } from './cache-control'
import type { ModelRules } from './model-rules'
import { blocksOf } from './parts'
import { thoughtsOf } from './thoughts'

const ID_RULE: ToolIdRule = { allowed: /^[a-zA-Z0-9_-]+$/, prefix: 'toolu_', length: 24 }

export interface Conversation {
  system: Block[]
  messages: Turn[]
}

/**
 * OpenAI's messages as Anthropic's: the system text apart, turns that alternate, the results of all calls of a turn
 * first in the next one. Throws `unsupported_parameter` naming the message for what this model cannot be told.
 */
export function conversationOf(messages: readonly Message[], rules: ModelRules): Conversation {
  const system: Block[] = []
  const turns: Turn[] = []
  messages.forEach((message, index) => {
    const at = `messages[${index}]`
    const content = contentOf(message, at)
    if (content.length === 0) return
    const role = roleOf(message)
    if (role === 'system' && (turns.length === 0 || !rules.midSystem)) system.push(...content)
    else addTurn(turns, role, content)
  })
  assertEnd(messages, turns, rules)
  if (turns.length === 0) return { system: [], messages: [{ role: 'user', content: askedAlone(system) }] }
  if (turns[0]?.role !== 'user') turns.unshift({ role: 'user', content: [{ type: 'text', text: BEGINNING }] })
  return { system, messages: turns.map(inOrder) }
}

function roleOf({ role }: Message): Turn['role'] {
  if (role === 'assistant') return role
  return role === 'system' || role === 'developer' ? 'system' : 'user'
}

function contentOf(message: Message, at: string): Block[] {
  if (message.role === 'assistant') return assistantBlocks(message, at)
  const blocks = blocksOf(message.content, `${at}.content`)
  if (message.role !== 'tool') return blocks
  const cache = message.content.findLast(part => part.cache)?.cache
  const content = blocks.map(({ cache_control: _, ...block }) => block)
  return [
    {
      type: 'tool_result',
      tool_use_id: fittingToolId(message.toolCallId, ID_RULE),
      ...(content.length > 0 && { content }),
      ...cacheMember(cache),
    },
  ]
}

/** Thoughts stand before what they led to, calls at the end. */
function assistantBlocks(message: AssistantMessage, at: string): Block[] {
  const said = blocksOf(message.content, `${at}.content`)
  const refused: Block[] = message.refusal?.trim() ? [{ type: 'text', text: message.refusal }] : []
  const rest = [...said, ...refused, ...message.toolCalls.map(callBlock)]
  return rest.length === 0 ? [] : [...thoughtsOf(message.reasoningDetails), ...rest]
}

function callBlock(call: ToolCall): Block {
  return { type: 'tool_use', id: fittingToolId(call.id, ID_RULE), name: call.name, input: inputOf(call) }
}

function inOrder({ role, content }: Turn): Turn {
  return { role, content: resultsFirst(content, ({ type }) => type === 'tool_result') }
}

/** The last message of the assistant is the beginning of its answer, for models that can take one. */
function assertEnd(messages: readonly Message[], turns: Turn[], { prefill }: ModelRules): void {
  const last = turns.at(-1)
  if (last?.role !== 'assistant') return
  const at = `messages[${messages.length - 1}]`
  if (!prefill) throw field.unsupported(at, 'this model cannot go on from a message of the assistant')
  const end = last.content.at(-1)
  if (end?.type === 'text' && typeof end.text === 'string') end.text = end.text.trimEnd()
}
