import { describe, expect, test } from 'bun:test'
import type { TranslationTarget } from '../../../src/vendors/translation'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { vertex } from '../../../src/vendors/vertex/adapter'
import { chatRequest } from '../../../src/vendors/vertex/request'
import { VertexStream } from '../../../src/vendors/vertex/stream'
import type { ChatEvent } from '../../../src/wire/chat-event'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { jsonRecorded, orNone, readRecorded, recorded } from '../../recorded'
import { ceiling } from '../ceiling'

const ACCOUNT: Vendor = {
  name: 'vertex',
  dialect: 'vertex',
  conforms: false,
  baseUrl: 'https://europe-west4-aiplatform.googleapis.com/v1',
  credential: 'ya29.token',
  headers: {},
  onDisconnect: 'drain',
  timeouts: DEFAULT_TIMEOUTS,
  google: { project: 'my-project', location: 'europe-west4' },
}
const ROOT = `${ACCOUNT.baseUrl}/projects/my-project/locations/europe-west4`

function ask(model: string, request: object = {}, target: Partial<TranslationTarget> = {}) {
  const messages = [{ role: 'user', content: 'Hello' }]
  const sent = chatRequest(readChatBody(Buffer.from(JSON.stringify({ model: 'm', messages, ...request }))), {
    vendor: ACCOUNT,
    model,
    maxOutputTokens: 1_000,
    capabilities: new Set(['tools']),
    ceiling,
    ...target,
  })
  // biome-ignore lint/suspicious/noExplicitAny: the vendor's whole request, of which each test reads a part
  return { ...sent, body: JSON.parse(new TextDecoder().decode(sent.body)) as any }
}

test('Google’s own models are asked in their dialect, with a token and without ids of calls', () => {
  const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }
  const messages = [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'tool', tool_call_id: 'c', content: 'y' },
  ]
  const { url, headers, body } = ask('gemini-2.5-pro', { messages, stream: true })
  expect(url).toBe(`${ROOT}/publishers/google/models/gemini-2.5-pro:streamGenerateContent?alt=sse`)
  expect(headers.authorization).toBe('Bearer ya29.token')
  expect(headers).not.toHaveProperty('x-goog-api-key')
  expect(body.contents[1].parts[0].functionCall).toEqual({ name: 'f', args: {} })
  expect(body.contents[2].parts[0].functionResponse).toEqual({ name: 'f', response: { output: 'y' } })
})

test('Claude is asked in its own, its version in the body and its model in the path', () => {
  const { url, headers, body } = ask('claude-opus-4-7@default')
  expect(url).toBe(`${ROOT}/publishers/anthropic/models/claude-opus-4-7@default:rawPredict`)
  expect(body).toEqual({
    anthropic_version: 'vertex-2023-10-16',
    max_tokens: 1_000,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  })
  expect(headers).not.toHaveProperty('x-api-key')
  expect(ask('claude-opus-4-7@default', { stream: true })).toMatchObject({
    url: expect.stringMatching(/:streamRawPredict$/),
    body: { stream: true },
  })
})

test('the others are asked in OpenAI’s', () => {
  const { url, body } = ask('deepseek-ai/deepseek-v3.2-maas')
  expect(url).toBe(`${ROOT}/endpoints/openapi/chat/completions`)
  expect(body).toMatchObject({ model: 'deepseek-ai/deepseek-v3.2-maas', messages: [{ role: 'user' }] })
})

test('the location global is no part of the host’s name', () => {
  const vendor = {
    ...ACCOUNT,
    baseUrl: 'https://global-aiplatform.googleapis.com/v1',
    google: { project: 'p', location: 'global' },
  }
  expect(ask('gemini-2.5-pro', {}, { vendor }).url).toStartWith(
    'https://aiplatform.googleapis.com/v1/projects/p/locations/global/publishers/google/',
  )
})

function read(...payloads: object[]): ChatEvent[] {
  const stream = new VertexStream()
  return [
    ...payloads.flatMap(data => stream.push({ name: null, data: JSON.stringify(data) })),
    ...stream.end(),
  ]
}

describe('a stream is read by what its first event is', () => {
  test.each([
    ['Google’s', [{ candidates: [{ content: { parts: [{ text: 'Hi' }] }, finishReason: 'STOP' }] }]],
    [
      'Anthropic’s',
      [
        { type: 'message_start', message: { id: 'x', usage: { input_tokens: 1, output_tokens: 1 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
        { type: 'message_stop' },
      ],
    ],
    [
      'OpenAI’s',
      [
        { id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: 'Hi' } }] },
        {
          id: 'x',
          object: 'chat.completion.chunk',
          choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
        },
      ],
    ],
  ])('%s', (_, payloads) => {
    const events = read(...payloads)
    expect(events.find(({ kind }) => kind === 'text')).toMatchObject({ text: 'Hi' })
    expect(events.find(({ kind }) => kind === 'finish')).toMatchObject({ reason: 'stop' })
    expect(events.at(-1)).toEqual({ kind: 'done' })
  })

  test('an error alone is Google’s; nothing is nothing', () => {
    expect(read({ error: { code: 503, status: 'UNAVAILABLE', message: 'busy' } })).toMatchObject([
      { kind: 'error' },
    ])
    expect(read()).toEqual([])
    expect(vertex.error({ error: { status: 'NOT_FOUND', message: 'no' } })).toMatchObject({
      type: 'NOT_FOUND',
    })
    expect(vertex.error({ type: 'error', error: { type: 'overloaded_error', message: 'no' } })).toMatchObject(
      {
        type: 'overloaded_error',
      },
    )
  })
})

const calls = recorded('calls at Vertex')
describe.skipIf(calls.length === 0)('recorded exchanges', () => {
  test.each(orNone(calls.filter(path => path.endsWith('.json'))))('a call of Claude, whole: %s', path => {
    const events = vertex.translation?.answer(jsonRecorded(path)) ?? []
    expect(events.some(({ kind }) => kind === 'tool_start')).toBe(true)
    expect(events.at(-1)).toEqual({ kind: 'done' })
  })

  test.each(orNone(calls.filter(path => path.endsWith('.sse'))))('a call of Gemini, streamed: %s', path => {
    const lines = readRecorded(path).toString().split(/\r?\n/)
    const payloads = lines.flatMap(line => (line.startsWith('data: ') ? [JSON.parse(line.slice(6))] : []))
    const events = read(...payloads)
    expect(events.some(({ kind }) => kind === 'tool_start')).toBe(true)
    expect(events.slice(-2)).toMatchObject([{ kind: 'usage', isFinal: true }, { kind: 'done' }])
  })
})
