import { StreamReader } from '../../../src/vendors/anthropic/stream'
import type { ChatEvent } from '../../../src/wire/chat-event'

/** What a stream of these events says; `isWhole` false leaves out what the vendor's closing would add. */
export function read(events: readonly object[], isWhole = true): ChatEvent[] {
  const reader = new StreamReader()
  const said = events.flatMap(event => reader.push({ name: null, data: JSON.stringify(event) }))
  return isWhole ? [...said, ...reader.end()] : said
}

export const start = (members: object = {}) => ({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-opus-4-7',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 12, output_tokens: 1 },
    ...members,
  },
})
export const open = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
})
export const delta = (index: number, change: object) => ({
  type: 'content_block_delta',
  index,
  delta: change,
})
export const close = (index: number) => ({ type: 'content_block_stop', index })
export const textDelta = (index: number, text: string) => delta(index, { type: 'text_delta', text })
export const stop = (stop_reason: string, members: object = {}, output_tokens = 30) => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null, ...members },
  usage: { output_tokens },
})
export const STOPPED = { type: 'message_stop' }

export const textOf = (events: readonly ChatEvent[]) =>
  events.map(event => (event.kind === 'text' ? event.text : '')).join('')
export const ofKind = <K extends ChatEvent['kind']>(events: readonly ChatEvent[], kind: K) =>
  events.filter((event): event is Extract<ChatEvent, { kind: K }> => event.kind === kind)
