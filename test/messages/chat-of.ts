import { expect } from 'bun:test'
import type { ChatDialect } from '../../src/messages/chat-dialect'
import { toChat } from '../../src/messages/to-chat'

export const PLAIN: ChatDialect = { isExtended: false, canReason: true }
export const EXTENDED: ChatDialect = { isExtended: true, canReason: true }
export const HELLO = [{ role: 'user', content: 'Hello' }]
export const BASE = { model: 'm', max_tokens: 100, messages: HELLO }

// biome-ignore lint/suspicious/noExplicitAny: the whole request, of which each test reads a part
export const chatOf = (request: object, dialect = PLAIN): any => toChat({ ...BASE, ...request }, dialect).chat
export const droppedOf = (request: object, dialect = PLAIN) =>
  toChat({ ...BASE, ...request }, dialect).dropped
export const messagesOf = (messages: object[], dialect = PLAIN) => chatOf({ messages }, dialect).messages
export const refused = (param: string, code = 'unsupported_parameter') =>
  expect.objectContaining({ code, param })
