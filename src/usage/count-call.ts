import { countText } from './count-text'

/** What OpenAI's chat format adds around each message, and before the answer. */
const PER_MESSAGE = 3
const PRIMING = 3

export interface CallTokens {
  input: number
  output: number
}

/** Tokens of a chat request as OpenAI counts them, and of the texts of its answer that were seen. */
export function countCall(request: Uint8Array, texts: readonly string[]): CallTokens {
  const output = texts.reduce((sum, whole) => sum + countText(whole), 0)
  return { input: countPrompt(request), output }
}

function countPrompt(request: Uint8Array): number {
  const body: unknown = JSON.parse(Buffer.from(request).toString('utf8'))
  const { messages, tools } = isObject(body) ? body : {}
  const toolTokens = tools === undefined ? 0 : countText(JSON.stringify(tools))
  return asList(messages).reduce<number>(
    (sum, message) => sum + PER_MESSAGE + countText(textOf(message)),
    PRIMING + toolTokens,
  )
}

/** Everything in a message that a model reads: its strings, whatever member they stand in; not images or audio. */
function textOf(message: unknown): string {
  if (!isObject(message)) return ''
  const parts = asList(message.content).map(part => (isObject(part) ? text(part.text) : ''))
  const calls = asList(message.tool_calls).map(call =>
    isObject(call) ? JSON.stringify(call.function ?? '') : '',
  )
  return [text(message.role), text(message.name), text(message.content), ...parts, ...calls].join('')
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
