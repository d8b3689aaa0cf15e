import { isObject } from '../lib/object'
import type { Message } from './chat'
import { arrayAt, type Fields, invalid, missing, oneOf, wrongType } from './field'

const ROLES = ['developer', 'system', 'user', 'assistant', 'tool', 'function'] as const
const PARTS = ['text', 'image_url', 'refusal'] as const

/** The conversation, every message checked as OpenAI checks it. */
export function readMessages(fields: Fields): Message[] {
  const messages = arrayAt(fields, 'messages')
  if (messages === undefined) throw missing('messages')
  if (messages.length === 0)
    throw invalid('messages', 'empty_array', 'Expected at least one message, but got an empty array instead.')
  return messages.map((message, index) => readMessage(message, `messages[${index}]`))
}

function readMessage(value: unknown, path: string): Message {
  if (!isObject(value)) throw wrongType(path, 'object')
  if (value.role === undefined) throw missing(`${path}.role`)
  const role = oneOf(value.role, ROLES, `${path}.role`)
  const content = value.content ?? undefined
  if (content === undefined && role !== 'assistant') throw missing(`${path}.content`)
  if (role === 'tool' && typeof value.tool_call_id !== 'string') throw missing(`${path}.tool_call_id`)
  const calls = value.tool_calls ?? value.function_call
  const toolCalls = calls ? JSON.stringify(calls) : ''
  if (content === undefined) return { role, text: '', toolCalls, images: 0 }
  if (typeof content === 'string') return { role, text: content, toolCalls, images: 0 }
  if (!Array.isArray(content)) throw wrongType(`${path}.content`, 'string or array')
  const parts = content.map((part, index) => readPart(part, `${path}.content[${index}]`))
  const text = parts.map(part => part.text).join('')
  return { role, text, toolCalls, images: parts.filter(part => part.image).length }
}

function readPart(part: unknown, path: string): { text: string; image: boolean } {
  if (!isObject(part)) throw wrongType(path, 'object')
  const type = oneOf(part.type, PARTS, `${path}.type`)
  if (type === 'image_url') {
    checkImage(part.image_url, `${path}.image_url`)
    return { text: '', image: true }
  }
  const text = part[type]
  if (typeof text !== 'string') throw wrongType(`${path}.${type}`, 'string')
  return { text, image: false }
}

const IMAGE = /^(?:https?:\/\/[^\s]+|data:image\/[a-z+.-]+;base64,[A-Za-z0-9+/]+=*)$/

function checkImage(value: unknown, path: string): void {
  if (!isObject(value)) throw wrongType(path, 'object')
  if (typeof value.url !== 'string') throw missing(`${path}.url`)
  if (!IMAGE.test(value.url))
    throw invalid(
      `${path}.url`,
      'invalid_value',
      'Expected an http(s) URL or a base64-encoded image data URL.',
    )
}
