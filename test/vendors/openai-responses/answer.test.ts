import { describe, expect, test } from 'bun:test'
import { answerEvents } from '../../../src/vendors/openai-responses/answer'
import { StreamReader } from '../../../src/vendors/openai-responses/stream'
import { readUsage } from '../../../src/vendors/openai-responses/usage'
import type { ChatEvent } from '../../../src/wire/chat-event'
import { NO_USAGE } from '../../../src/wire/usage'
import { jsonRecorded, orNone, readRecorded, recorded } from '../../recorded'

function read(...payloads: object[]): ChatEvent[] {
  const reader = new StreamReader()
  return [
    ...payloads.flatMap(data => reader.push({ name: null, data: JSON.stringify(data) })),
    ...reader.end(),
  ]
}

const usage = {
  input_tokens: 50,
  input_tokens_details: { cached_tokens: 20 },
  output_tokens: 30,
  output_tokens_details: { reasoning_tokens: 12 },
  total_tokens: 80,
}
const response = {
  id: 'resp_1',
  model: 'gpt-5.5-pro-2026-04-23',
  created_at: 1_790_000_000,
  status: 'completed',
  usage,
}
const created = { type: 'response.created', response }
const completed = { type: 'response.completed', response }
const USAGE: ChatEvent = {
  kind: 'usage',
  usage: { ...NO_USAGE, inputTokens: 50, cachedInputTokens: 20, outputTokens: 30, reasoningTokens: 12 },
  raw: usage,
  isFinal: true,
}

describe('answer', () => {
  test('thoughts in summary and sealed, words, usage', () => {
    expect(
      read(
        created,
        { type: 'response.output_item.added', output_index: 0, item: { type: 'reasoning' } },
        { type: 'response.reasoning_summary_part.added', summary_index: 0 },
        { type: 'response.reasoning_summary_text.delta', delta: 'Hm.' },
        { type: 'response.reasoning_summary_part.added', summary_index: 1 },
        { type: 'response.reasoning_summary_text.delta', delta: 'Yes.' },
        {
          type: 'response.output_item.done',
          output_index: 0,
          item: { type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' },
        },
        { type: 'response.output_text.delta', output_index: 1, delta: 'Four.' },
        { type: 'response.output_text.done', output_index: 1, text: 'Four.' },
        completed,
      ),
    ).toEqual([
      { kind: 'start', id: 'resp_1', model: 'gpt-5.5-pro-2026-04-23', createdAt: 1_790_000_000 },
      { kind: 'reasoning', choice: 0, text: 'Hm.' },
      { kind: 'reasoning', choice: 0, text: '\n\n' },
      { kind: 'reasoning', choice: 0, text: 'Yes.' },
      {
        kind: 'reasoning_detail',
        choice: 0,
        detail: {
          type: 'reasoning.encrypted',
          format: 'openai-responses-v1',
          id: 'rs_1',
          data: 'sealed',
          index: 0,
        },
      },
      { kind: 'text', choice: 0, text: 'Four.' },
      { kind: 'finish', choice: 0, reason: 'stop', native: 'completed' },
      USAGE,
      { kind: 'done' },
    ])
  })

  test('calls by their place in the output, of functions and of custom tools; one that comes whole is told once', () => {
    const item = (type: string, more: object) => ({ type, call_id: 'c', name: 'f', ...more })
    const events = read(
      created,
      { type: 'response.output_item.added', output_index: 3, item: item('function_call', { arguments: '' }) },
      { type: 'response.function_call_arguments.delta', output_index: 3, delta: '{"a":' },
      { type: 'response.function_call_arguments.delta', output_index: 3, delta: '1}' },
      { type: 'response.function_call_arguments.done', output_index: 3, arguments: '{"a":1}' },
      {
        type: 'response.output_item.done',
        output_index: 3,
        item: item('function_call', { arguments: '{"a":1}' }),
      },
      { type: 'response.output_item.done', output_index: 4, item: item('custom_tool_call', { input: 'ls' }) },
      completed,
    )
    expect(events.slice(1, 7)).toEqual([
      { kind: 'tool_start', choice: 0, slot: 0, id: 'c', name: 'f' },
      { kind: 'tool_arguments', choice: 0, slot: 0, text: '{"a":' },
      { kind: 'tool_arguments', choice: 0, slot: 0, text: '1}' },
      { kind: 'tool_start', choice: 0, slot: 1, id: 'c', name: 'f', isCustom: true },
      { kind: 'tool_arguments', choice: 0, slot: 1, text: 'ls' },
      { kind: 'finish', choice: 0, reason: 'tool_calls', native: 'completed' },
    ])
  })

  test.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
  ])('incomplete by %s ends by %s', (why, reason) => {
    const cut = { ...response, status: 'incomplete', incomplete_details: { reason: why } }
    const events = read(created, { type: 'response.incomplete', response: cut })
    expect(events[1]).toEqual({ kind: 'finish', choice: 0, reason, native: why } as ChatEvent)
  })

  test('failures are told, and nothing follows; a stream without its last event is not done', () => {
    const error = { code: 'server_error', message: 'it broke' }
    expect(read(created, { type: 'response.failed', response: { error } }, completed).at(-1)).toEqual({
      kind: 'error',
      body: { error },
    })
    expect(read({ type: 'error', code: 'rate_limit_exceeded', message: 'slow' })).toMatchObject([
      { kind: 'error', body: { error: { code: 'rate_limit_exceeded' } } },
    ])
    expect(read(created, { type: 'response.output_text.delta', delta: 'x' }).map(({ kind }) => kind)).toEqual(
      ['start', 'text'],
    )
    expect(answerEvents({ status: 'failed', error, output: [] })).toEqual([
      { kind: 'error', body: { error } },
    ])
    expect(new StreamReader().push({ name: null, data: '<html>' })).toMatchObject([{ kind: 'error' }])
  })

  test('a whole one tells the same as its stream', () => {
    const output = [
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'Hm.' }],
        encrypted_content: 'sealed',
      },
      {
        type: 'message',
        content: [
          {
            type: 'output_text',
            text: 'Four.',
            annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A' }],
          },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' },
    ]
    expect(answerEvents({ ...response, output }).map(({ kind }) => kind)).toEqual([
      'start',
      'reasoning',
      'reasoning_detail',
      'text',
      'citation',
      'refusal',
      'tool_start',
      'tool_arguments',
      'finish',
      'usage',
      'done',
    ])
  })

  test.each([
    [undefined],
    [{}],
    [{ input_tokens: -1, output_tokens: 1 }],
    [{ input_tokens: 1, output_tokens: 1, output_tokens_details: { reasoning_tokens: 2 } }],
  ])('%j is no usage', value => {
    expect(readUsage(value)).toBeUndefined()
  })
})

const payloads = recorded('payloads of Responses')
const dataOf = (text: string) =>
  text.split(/\r?\n/).flatMap(line => (line.startsWith('data: {') ? [line.slice(6)] : []))

describe.skipIf(payloads.length === 0)('recordings', () => {
  const streams = [...recorded('responses of OpenAI'), ...payloads].filter(path => !path.endsWith('.json'))
  test.each(orNone(streams))('%s', path => {
    const text = readRecorded(path).toString()
    const data = path.endsWith('.sse') ? dataOf(text) : text.split('\n').filter(Boolean)
    const events = read(...data.map(each => JSON.parse(each)))
    expect(events[0]?.kind).toBe('start')
    if (path.includes('error')) expect(events.at(-1)).toMatchObject({ kind: 'error' })
    else expect(events.slice(-2)).toMatchObject([{ kind: 'usage', isFinal: true }, { kind: 'done' }])
  })

  test.each(orNone(payloads.filter(path => path.endsWith('.json'))))('%s', path => {
    const body = jsonRecorded<{ error?: unknown; output: { type: string }[] }>(path)
    const events = answerEvents(body)
    expect(events.at(-1)?.kind).toBe(body.error ? 'error' : 'done')
    const called = body.error ? [] : body.output.filter(({ type }) => type === 'function_call')
    expect(events.filter(({ kind }) => kind === 'tool_start')).toHaveLength(called.length)
  })
})
