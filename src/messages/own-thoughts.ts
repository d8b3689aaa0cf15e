import { isObject } from '../lib/object'
import { openState, PREFIX } from './opaque-state'
import { type MessagesRequest, readMessagesRequest } from './request'

/** How another vendor's thoughts stand in a history of ours: sealed, or without a signature. */
const FOREIGN = ['"data":', '"data": ', '"signature":', '"signature": '].map(member =>
  Buffer.from(member.startsWith('"data"') ? `${member}"${PREFIX}` : `${member}""`),
)

/**
 * The request as Anthropic takes it, which refuses thoughts that are not its own: those that other vendors had earlier in
 * the conversation are left out. The very same request where there are none.
 */
export function withOwnThoughts(asked: MessagesRequest): MessagesRequest {
  if (!FOREIGN.some(needle => Buffer.prototype.includes.call(asked.body, needle))) return asked
  const body: unknown = JSON.parse(Buffer.prototype.utf8Slice.call(asked.body, 0, asked.body.length))
  if (!isObject(body) || !Array.isArray(body.messages)) return asked
  const messages = body.messages.map(own).filter(message => !isObject(message) || !isEmpty(message.content))
  const bytes = Buffer.from(JSON.stringify({ ...body, messages }))
  return readMessagesRequest({ bytes, length: bytes.length, betas: asked.betas }, false)
}

function own(message: unknown): unknown {
  if (!isObject(message) || !Array.isArray(message.content)) return message
  return { ...message, content: message.content.filter(block => !isForeign(block)) }
}

function isForeign(block: unknown): boolean {
  if (!isObject(block)) return false
  if (block.type === 'thinking') return block.signature === ''
  return block.type === 'redacted_thinking' && openState(block.data) !== undefined
}

function isEmpty(content: unknown): boolean {
  return Array.isArray(content) && content.length === 0
}
