import { expect, test } from 'bun:test'
import { messageOf } from '../../src/messages/message'
import { openState } from '../../src/messages/opaque-state'
import { MessageWriter } from '../../src/messages/writer'
import type { ChatEvent } from '../../src/wire/chat-event'

const OPTIONS = { head: { id: 'msg_own', createdAt: 0, model: 'own' }, newCallId: () => 'toolu_new' }
type Written = { type: string; index?: number; [member: string]: unknown }

/** The stream as the events that are in it; each is named twice alike. */
function write(events: ChatEvent[]): Written[] {
  const writer = new MessageWriter(OPTIONS)
  const text = events.map(event => writer.write(event)).join('')
  const frames = text.split('\n\n').filter(Boolean)
  return frames.map(frame => {
    const [name, data] = frame.split('\n')
    const event = JSON.parse(data!.slice('data: '.length)) as Written
    expect(name).toBe(`event: ${event.type}`)
    return event
  })
}

const START: ChatEvent = { kind: 'start', id: 'chatcmpl-1', model: 'gpt-x', createdAt: 5 }
const text = (value: string): ChatEvent => ({ kind: 'text', choice: 0, text: value })
const thought = (value: string): ChatEvent => ({ kind: 'reasoning', choice: 0, text: value })
const call = (slot: number, id: string | null = `toolu_${slot}`): ChatEvent => ({
  kind: 'tool_start',
  choice: 0,
  slot,
  id,
  name: 'f',
})
const args = (slot: number, value: string): ChatEvent => ({
  kind: 'tool_arguments',
  choice: 0,
  slot,
  text: value,
})
const finish = (reason: 'stop' | 'length' | 'tool_calls' | 'content_filter', native: string | null = null) =>
  ({ kind: 'finish', choice: 0, reason, native }) satisfies ChatEvent

/** Type and index of each event, and what stands in it. */
const shapeOf = (events: Written[]) =>
  events.map(({ type, index, content_block, delta }) => [
    type.replace('content_block_', ''),
    ...(index === undefined ? [] : [index]),
    ...(content_block ? [(content_block as Written).type] : []),
    ...(delta ? [Object.values(delta as object)[1]] : []),
  ])

test('a text is one block, named by whoever answered', () => {
  const written = write([START, text('Hel'), text(''), text('lo'), finish('stop')])
  expect(written[0]).toEqual({
    type: 'message_start',
    message: {
      id: 'chatcmpl-1',
      type: 'message',
      role: 'assistant',
      model: 'gpt-x',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 0, output_tokens: 0 },
    },
  })
  expect(shapeOf(written.slice(1))).toEqual([
    ['start', 0, 'text'],
    ['delta', 0, 'Hel'],
    ['delta', 0, 'lo'],
    ['stop', 0],
  ])
})

test('an answer without any content has a beginning', () => {
  expect(shapeOf(write([finish('stop')]))).toEqual([['message_start']])
})

test('thoughts, texts and calls are blocks one behind the other', () => {
  const written = write([
    START,
    thought('Hm.'),
    text('ok'),
    call(0),
    args(0, '{"a":'),
    args(0, '1}'),
    finish('tool_calls'),
  ])
  expect(shapeOf(written.slice(1))).toEqual([
    ['start', 0, 'thinking'],
    ['delta', 0, 'Hm.'],
    ['stop', 0],
    ['start', 1, 'text'],
    ['delta', 1, 'ok'],
    ['stop', 1],
    ['start', 2, 'tool_use'],
    ['delta', 2, '{"a":'],
    ['delta', 2, '1}'],
    ['stop', 2],
  ])
})

test('calls that come mixed up stand one behind the other, each whole', () => {
  const written = write([
    call(0),
    call(1, null),
    args(0, '{"a"'),
    args(1, '{"b":2}'),
    args(0, ':1}'),
    finish('tool_calls'),
  ])
  expect(shapeOf(written.slice(1))).toEqual([
    ['start', 0, 'tool_use'],
    ['delta', 0, '{"a"'],
    ['delta', 0, ':1}'],
    ['stop', 0],
    ['start', 1, 'tool_use'],
    ['delta', 1, '{"b":2}'],
    ['stop', 1],
  ])
  expect(written.at(-3)).toMatchObject({ content_block: { id: 'toolu_new', name: 'f', input: {} } })
})

test('Claude’s own signature ends its thought', () => {
  const detail = { type: 'reasoning.text', format: 'anthropic-claude-v1', text: 'Hm.', signature: 'sig' }
  const written = write([thought('Hm.'), { kind: 'reasoning_detail', choice: 0, detail }, text('a')])
  expect(shapeOf(written.slice(1, 5))).toEqual([
    ['start', 0, 'thinking'],
    ['delta', 0, 'Hm.'],
    ['delta', 0, 'sig'],
    ['stop', 0],
  ])
  const sealed = { type: 'reasoning.encrypted', format: 'anthropic-claude-v1', data: 'xx' }
  expect(write([{ kind: 'reasoning_detail', choice: 0, detail: sealed }])[1]).toMatchObject({
    content_block: { type: 'redacted_thinking', data: 'xx' },
  })
})

test('what another vendor wants back travels sealed, before the call that it belongs to', () => {
  const detail = { type: 'reasoning.encrypted', format: 'openai-responses-v1', data: 'xx' }
  const written = write([
    { kind: 'reasoning_detail', choice: 0, detail },
    { ...call(0), signature: 'gem' } as ChatEvent,
    finish('tool_calls'),
  ])
  const blocks = written
    .filter(({ content_block }) => content_block)
    .map(event => event.content_block as Written)
  expect(blocks.map(({ type }) => type)).toEqual(['redacted_thinking', 'redacted_thinking', 'tool_use'])
  expect(openState(blocks[0]!.data)).toEqual({ detail })
  expect(openState(blocks[1]!.data)).toEqual({ callId: 'toolu_0', signature: 'gem' })
})

test('a page that is cited is a citation of the open text', () => {
  const annotation = { type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A' } }
  const written = write([text('a'), { kind: 'citation', choice: 0, annotation }])
  expect(written.at(-1)).toMatchObject({
    type: 'content_block_delta',
    delta: { type: 'citations_delta', citation: { url: 'https://a.example', title: 'A' } },
  })
  expect(write([{ kind: 'citation', choice: 0, annotation }])).toEqual([])
})

test.each([
  ['stop', null, [], 'end_turn'],
  ['length', 'max_tokens', [], 'max_tokens'],
  ['tool_calls', null, [call(0)], 'tool_use'],
  ['stop', 'STOP', [call(0)], 'tool_use'],
  ['tool_calls', null, [], 'end_turn'],
  ['content_filter', 'SAFETY', [], 'refusal'],
  ['stop', 'stop_sequence', [], 'stop_sequence'],
] as const)('%s (%s) after %j stops for %s', (reason, native, before, stopReason) => {
  const writer = new MessageWriter(OPTIONS)
  for (const event of [...before, finish(reason, native)]) writer.write(event)
  expect(writer.lastDelta()).toEqual({ stop_reason: stopReason, stop_sequence: null })
})

test('a refusal is explained at the end, and is no text', () => {
  const writer = new MessageWriter(OPTIONS)
  const refusal: ChatEvent = { kind: 'refusal', choice: 0, text: 'No.' }
  expect(writer.write(refusal)).toBe('')
  writer.write(finish('content_filter'))
  expect(writer.lastDelta()).toEqual({
    stop_reason: 'refusal',
    stop_sequence: null,
    stop_details: { type: 'refusal', category: null, explanation: 'No.' },
  })
})

test('other choices, usage and what only OpenAI has are not seen', () => {
  const others: ChatEvent[] = [
    { kind: 'text', choice: 1, text: 'x' },
    { kind: 'extra', choice: 0, member: 'logprobs', value: {} },
    { kind: 'done' },
  ]
  expect(write(others)).toEqual([])
})

test('a whole message has what its stream would have had', () => {
  const events = [
    START,
    thought('Hm.'),
    text('a'),
    text('b'),
    call(0),
    args(0, '{"a":1}'),
    call(1),
    finish('stop'),
  ]
  const whole = messageOf(events, OPTIONS)!
  expect(JSON.parse(Buffer.from(whole.bytes).toString())).toEqual({
    id: 'chatcmpl-1',
    type: 'message',
    role: 'assistant',
    model: 'gpt-x',
    content: [
      { type: 'thinking', thinking: 'Hm.', signature: '' },
      { type: 'text', text: 'ab' },
      { type: 'tool_use', id: 'toolu_0', name: 'f', input: { a: 1 } },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
  })
  expect([whole.head.model, whole.finishReason]).toEqual(['gpt-x', 'tool_calls'])
  expect(whole.texts).toEqual(['Hm.', 'ab', 'f', '{"a":1}', 'f', '{}'])
})

test('arguments that are no JSON are none, and an answer that does not end is none', () => {
  const broken = messageOf([call(0), args(0, '{"a'), finish('length')], OPTIONS)!
  expect(JSON.parse(Buffer.from(broken.bytes).toString()).content).toEqual([
    { type: 'tool_use', id: 'toolu_0', name: 'f', input: {} },
  ])
  expect(messageOf([text('a')], OPTIONS)).toBeUndefined()
})
