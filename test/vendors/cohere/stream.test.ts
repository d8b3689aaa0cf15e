import { describe, expect, test } from 'bun:test'
import { answerEvents } from '../../../src/vendors/cohere/answer'
import { readError } from '../../../src/vendors/cohere/error'
import { StreamReader } from '../../../src/vendors/cohere/stream'
import { readUsage } from '../../../src/vendors/cohere/usage'
import type { ChatEvent } from '../../../src/wire/chat-event'
import { NO_USAGE } from '../../../src/wire/usage'
import { jsonRecorded, orNone, readRecorded, recorded } from '../../recorded'

function read(...payloads: unknown[]): ChatEvent[] {
  const reader = new StreamReader()
  const texts = payloads.map(payload => (typeof payload === 'string' ? payload : JSON.stringify(payload)))
  return [...texts.flatMap(data => reader.push({ name: null, data })), ...reader.end()]
}

const start = { type: 'message-start', id: 'x', delta: { message: { content: [] } } }
const content = (type: string, block: object) => ({ type, index: 0, delta: { message: { content: block } } })
const call = (type: string, index: number, tool_calls: object) => ({
  type,
  index,
  delta: { message: { tool_calls } },
})
const end = (finish_reason: string, more: object = {}) => ({
  type: 'message-end',
  delta: {
    finish_reason,
    usage: {
      billed_units: { input_tokens: 8, output_tokens: 50 },
      tokens: { input_tokens: 1394, output_tokens: 54 },
    },
    ...more,
  },
})

test('thoughts, texts, citations and what is billed', () => {
  const citations = { start: 0, end: 3, text: 'Yes', sources: [{ id: 'doc:0', document: { title: 'T' } }] }
  expect(
    read(
      start,
      content('content-start', { type: 'thinking', thinking: '' }),
      content('content-delta', { thinking: 'hm' }),
      content('content-delta', { text: 'Yes' }),
      { type: 'citation-start', index: 0, delta: { message: { citations } } },
      end('COMPLETE'),
      '[DONE]',
    ),
  ).toEqual([
    { kind: 'start', id: 'x', model: null, createdAt: null },
    { kind: 'reasoning', choice: 0, text: 'hm' },
    { kind: 'text', choice: 0, text: 'Yes' },
    {
      kind: 'citation',
      choice: 0,
      annotation: {
        type: 'url_citation',
        url_citation: { url: 'doc:0', title: 'T', start_index: 0, end_index: 3 },
      },
    },
    { kind: 'finish', choice: 0, reason: 'stop', native: 'COMPLETE' },
    {
      kind: 'usage',
      usage: { ...NO_USAGE, inputTokens: 8, outputTokens: 50 },
      raw: end('').delta.usage,
      isFinal: true,
    },
    { kind: 'done' },
  ])
})

test('calls count from 0, their arguments are joined, one without any has none', () => {
  const events = read(
    start,
    { type: 'tool-plan-delta', delta: { message: { tool_plan: 'I will' } } },
    call('tool-call-start', 3, { id: 'a', function: { name: 'f', arguments: '{"x"' } }),
    call('tool-call-delta', 3, { function: { arguments: ':1}' } }),
    { type: 'tool-call-end', index: 3 },
    call('tool-call-start', 5, { id: 'b', function: { name: 'g', arguments: '' } }),
    end('TOOL_CALL'),
  )
  expect(events.slice(1, 7)).toEqual([
    { kind: 'reasoning', choice: 0, text: 'I will' },
    { kind: 'tool_start', choice: 0, slot: 0, id: 'a', name: 'f' },
    { kind: 'tool_arguments', choice: 0, slot: 0, text: '{"x"' },
    { kind: 'tool_arguments', choice: 0, slot: 0, text: ':1}' },
    { kind: 'tool_start', choice: 0, slot: 1, id: 'b', name: 'g' },
    { kind: 'tool_arguments', choice: 0, slot: 1, text: '{}' },
  ])
  expect(events.at(-3)).toMatchObject({ kind: 'finish', reason: 'tool_calls' })
})

test.each([
  ['MAX_TOKENS', 'length'],
  ['STOP_SEQUENCE', 'stop'],
  ['ERROR_TOXIC', 'content_filter'],
  ['A_NEW_ONE', 'stop'],
])('%s ends an answer by %s', (native, reason) => {
  expect(read(start, end(native)).at(-3)).toMatchObject({ kind: 'finish', reason })
})

test.each(['ERROR', 'TIMEOUT'])('%s is a failure, and nothing follows it', native => {
  const events = read(start, end(native, { error: 'it broke' }), content('content-delta', { text: 'x' }))
  expect(events.at(-1)).toEqual({ kind: 'error', body: { message: 'it broke' } })
})

test('a stream without its last event is not done; what is no event is a failure', () => {
  expect(read(start, content('content-delta', { text: 'x' })).map(({ kind }) => kind)).toEqual([
    'start',
    'text',
  ])
  expect(read(start, '<html>').at(-1)).toMatchObject({ kind: 'error' })
  expect(read({ message: 'limited' })).toEqual([{ kind: 'error', body: { message: 'limited' } }])
  expect(answerEvents({ message: 'limited' })).toEqual([{ kind: 'error', body: { message: 'limited' } }])
})

test.each([
  [undefined],
  [{}],
  [{ billed_units: { input_tokens: -1, output_tokens: 1 } }],
  [{ billed_units: { input_tokens: 1.5, output_tokens: 1 } }],
  [{ billed_units: { input_tokens: 1 } }],
])('%j is no usage', value => {
  expect(readUsage(value)).toBeUndefined()
})

test.each([
  [{ message: 'too many tokens: 9 > 8' }, { code: 'context_length_exceeded' }],
  [{ message: 'invalid api token' }, { message: 'invalid api token', code: null }],
  [null, { message: null }],
  ['words', { message: 'words' }],
])('the error %j is read', (body, said) => {
  expect(readError(body)).toMatchObject(said)
})

const payloads = recorded('payloads of Cohere')

/** What must hold of any whole answer, whatever it says. */
function expectWhole(events: ChatEvent[]): void {
  expect(events[0]?.kind).toBe('start')
  expect(events.slice(-2)).toMatchObject([{ kind: 'usage', isFinal: true }, { kind: 'done' }])
  const calls = new Map<number, string>()
  for (const event of events)
    if (event.kind === 'tool_arguments') calls.set(event.slot, (calls.get(event.slot) ?? '') + event.text)
  for (const text of calls.values()) expect(JSON.parse(text)).toBeObject()
  const reason = calls.size > 0 ? 'tool_calls' : expect.stringMatching(/^(stop|length)$/)
  expect(events.find(({ kind }) => kind === 'finish')).toMatchObject({ reason })
}

describe.skipIf(payloads.length === 0)('real answers', () => {
  test.each(orNone(payloads.filter(path => path.endsWith('.chunks.txt'))))('%s', path => {
    expectWhole(read(...readRecorded(path).toString().split('\n').filter(Boolean)))
  })

  test.each(orNone(payloads.filter(path => path.endsWith('.json'))))('%s', path => {
    expectWhole(answerEvents(jsonRecorded(path)))
  })

  test.each(orNone(recorded('streams of Cohere')))('%s', path => {
    const lines = readRecorded(path).toString().split('\n')
    expectWhole(read(...lines.flatMap(line => (line.startsWith('data: ') ? [line.slice(6)] : []))))
  })
})
