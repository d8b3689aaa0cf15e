import { eventData, firstEventEnd } from '../wire/sse'
import { countText } from './count-text'

/** What OpenAI's chat format adds around each message, and before the answer. */
const PER_MESSAGE = 3
const PRIMING = 3

export interface CallTokens {
  input: number
  output: number
}

/** Tokens of a chat request as OpenAI counts them, and of the visible part of an answer of which these events were seen. */
export function countCall(request: Uint8Array, events: Uint8Array): CallTokens {
  return { input: countPrompt(request), output: countAnswer(events) }
}

function countPrompt(request: Uint8Array): number {
  const body = parse(Buffer.from(request).toString('utf8'))
  const messages = asList(body?.messages)
  const tools = body?.tools === undefined ? 0 : countText(JSON.stringify(body.tools))
  return messages.reduce<number>(
    (sum, message) => sum + PER_MESSAGE + countText(textOf(message)),
    PRIMING + tools,
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

/** The whole text is put together before it is counted: a token may reach over two deltas. */
function countAnswer(events: Uint8Array): number {
  const texts = new Map<string, string>()
  for (const chunk of chunksOf(events))
    for (const choice of asList(chunk.choices))
      for (const [slot, piece] of piecesOf(choice)) texts.set(slot, (texts.get(slot) ?? '') + piece)
  return [...texts.values()].reduce((sum, whole) => sum + countText(whole), 0)
}

/** What one choice of a chunk adds to which text. */
function piecesOf(choice: unknown): [slot: string, piece: string][] {
  if (!isObject(choice) || !isObject(choice.delta)) return []
  const { index, delta } = choice
  const told = ['reasoning_content', 'content', 'refusal'].map((member): [string, string] => [
    `${index} ${member}`,
    text(delta[member]),
  ])
  const called = asList(delta.tool_calls).flatMap((call): [string, string][] => {
    if (!isObject(call) || !isObject(call.function)) return []
    return [
      [`${index} name ${call.index}`, text(call.function.name)],
      [`${index} arguments ${call.index}`, text(call.function.arguments)],
    ]
  })
  return [...told, ...called].filter(([, piece]) => piece !== '')
}

function* chunksOf(events: Uint8Array): Generator<Record<string, unknown>> {
  for (let at = 0; at < events.length; ) {
    const end = firstEventEnd(events, at)
    const chunk = parse(eventData(events.subarray(at, end === -1 ? events.length : end)))
    if (chunk) yield chunk
    at = end === -1 ? events.length : end
  }
}

function parse(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
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
