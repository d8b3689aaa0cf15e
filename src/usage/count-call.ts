import { isObject } from '../lib/object'
import { countText } from './count-text'

/** What OpenAI's chat format adds around each message, and before the answer. */
const PER_MESSAGE = 3
const PER_NAME = 1
const PRIMING = 3

export interface CallTokens {
  input: number
  output: number
}

/** Tokens of a request as OpenAI counts them, and of the texts of its answer that were seen. */
export function countCall(request: Uint8Array, texts: readonly string[]): CallTokens {
  const output = texts.reduce((sum, whole) => sum + countText(whole), 0)
  return { input: countPrompt(request), output }
}

/** A chat's messages and tools; of other requests whatever is a text, or a list of tokens, for the model to read. */
function countPrompt(request: Uint8Array): number {
  const body: unknown = JSON.parse(Buffer.from(request).toString('utf8'))
  if (!isObject(body)) return 0
  const { messages, tools } = body
  if (messages === undefined && READ.some(name => name in body))
    return READ.reduce((sum, name) => sum + countTexts(body[name]), 0)
  const toolTokens = tools === undefined ? 0 : countText(JSON.stringify(tools))
  return asList(messages).reduce<number>((sum, message) => sum + countMessage(message), PRIMING + toolTokens)
}

/** What a model reads of an embedding, a completion, a speech, an image or a moderation. */
const READ = ['input', 'prompt', 'suffix', 'instructions']

function countTexts(value: unknown): number {
  if (typeof value === 'string') return countText(value)
  if (typeof value === 'number') return 1
  if (isObject(value)) return countTexts(value.text)
  return asList(value).reduce<number>((sum, each) => sum + countTexts(each), 0)
}

function countMessage(message: unknown): number {
  if (!isObject(message)) return PER_MESSAGE
  const name = text(message.name)
  const around = PER_MESSAGE + (name === '' ? 0 : PER_NAME)
  return textsOf(message, name).reduce((sum, each) => sum + countText(each), around)
}

/**
 * Everything in a message that a model reads, in the pieces that stand apart there, so that no token reaches over two;
 * not images, audio or files.
 */
function textsOf(message: Record<string, unknown>, name: string): string[] {
  const parts = asList(message.content).map(part =>
    isObject(part) ? `${text(part.text)}${text(part.refusal)}` : '',
  )
  const calls = asList(message.tool_calls).map(call =>
    isObject(call) ? JSON.stringify(call.function ?? '') : '',
  )
  const { role, content, reasoning_content: reasoning, refusal } = message
  return [text(role), name, text(content), text(reasoning), text(refusal), ...parts, ...calls]
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
