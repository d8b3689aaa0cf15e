import { describe, expect, test } from 'bun:test'
import { StreamReader } from '../../../src/vendors/gemini/stream'
import type { ChatEvent } from '../../../src/wire/chat-event'
import { NO_USAGE } from '../../../src/wire/usage'

function read(...responses: unknown[]): ChatEvent[] {
  const reader = new StreamReader()
  const events = responses.flatMap(response => reader.push({ name: null, data: JSON.stringify(response) }))
  return [...events, ...reader.end()]
}

const chunk = (parts: unknown[], more: object = {}) => ({
  candidates: [{ content: { role: 'model', parts }, index: 0, ...more }],
  responseId: 'r-1',
  modelVersion: 'gemini-3-pro',
})
const usageMetadata = {
  promptTokenCount: 9,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 185,
  totalTokenCount: 199,
}
const usage = { ...NO_USAGE, inputTokens: 9, outputTokens: 190, reasoningTokens: 185 }
const withoutUsage = (events: ChatEvent[]) => events.filter(({ kind }) => kind !== 'usage')

test('texts, thoughts, usage so far and the end', () => {
  expect(
    read(
      chunk([{ text: 'Let me see', thought: true }]),
      { ...chunk([{ text: 'There are ' }, { text: '3' }]), usageMetadata },
      { ...chunk([{ text: '', thoughtSignature: 'sig' }], { finishReason: 'STOP' }), usageMetadata },
    ),
  ).toEqual([
    { kind: 'start', id: 'r-1', model: 'gemini-3-pro', createdAt: null },
    { kind: 'reasoning', choice: 0, text: 'Let me see' },
    { kind: 'text', choice: 0, text: 'There are ' },
    { kind: 'text', choice: 0, text: '3' },
    { kind: 'usage', usage, raw: usageMetadata, isFinal: false },
    {
      kind: 'reasoning_detail',
      choice: 0,
      detail: { type: 'reasoning.encrypted', data: 'sig', format: 'google-gemini-v1', index: 0 },
    },
    { kind: 'finish', choice: 0, reason: 'stop', native: 'STOP' },
    { kind: 'usage', usage, raw: usageMetadata, isFinal: false },
    { kind: 'usage', usage, raw: usageMetadata, isFinal: true },
    { kind: 'done' },
  ])
})

describe('calls', () => {
  test('come whole, each in a slot of its own, and make the end a call', () => {
    const first = { functionCall: { id: 'x', name: 'a', args: { city: 'Rome' } }, thoughtSignature: 'sig' }
    const events = read(chunk([first, { functionCall: { name: 'b' } }], { finishReason: 'STOP' }))
    expect(events.slice(1)).toEqual([
      { kind: 'tool_start', choice: 0, slot: 0, id: 'x', name: 'a', signature: 'sig' },
      { kind: 'tool_arguments', choice: 0, slot: 0, text: '{"city":"Rome"}' },
      { kind: 'tool_start', choice: 0, slot: 1, id: null, name: 'b' },
      { kind: 'tool_arguments', choice: 0, slot: 1, text: '{}' },
      { kind: 'finish', choice: 0, reason: 'tool_calls', native: 'STOP' },
      { kind: 'done' },
    ])
  })

  const piece = (jsonPath: string, value: object) => ({
    functionCall: { partialArgs: [{ jsonPath, ...value }], willContinue: true },
  })
  const begun = { functionCall: { name: 'w', willContinue: true } }
  const pieces = [
    piece('$.items[0].name', { stringValue: 'app', willContinue: true }),
    piece('$.items[0].name', { stringValue: 'le' }),
    piece('$.items[0].price', { numberValue: 0.5 }),
    piece("$.items[1]['is new']", { boolValue: true }),
    piece('$.note', { nullValue: 'NULL_VALUE' }),
  ]
  const whole = '{"items":[{"name":"apple","price":0.5},{"is new":true}],"note":null}'

  test.each([
    ['by an empty call', [{ functionCall: {} }]],
    ['by the next call', [{ functionCall: { name: 'next', args: {} } }]],
    ['by the end alone', []],
  ])('in pieces are told when they are over: %s', (_, after) => {
    const events = read(
      chunk([begun]),
      ...pieces.map(part => chunk([part])),
      chunk(after, { finishReason: 'STOP' }),
    )
    const told = events.flatMap(event =>
      event.kind === 'tool_arguments' && event.slot === 0 ? [event.text] : [],
    )
    expect(told).toEqual([whole])
    expect(withoutUsage(events).at(-2)).toMatchObject({ kind: 'finish', reason: 'tool_calls' })
  })

  test('a path that is none, or that would reach a prototype, is left out', () => {
    const odd = [
      piece('location', { stringValue: 'x' }),
      piece('$.a[999999999]', { stringValue: 'x' }),
      piece('$.__proto__.polluted', { stringValue: 'x' }),
      piece('$', { stringValue: 'x' }),
      piece('$.b', { stringValue: 'kept' }),
    ]
    const events = read(
      chunk([begun]),
      ...odd.map(part => chunk([part])),
      chunk([], { finishReason: 'STOP' }),
    )
    expect(events.find(({ kind }) => kind === 'tool_arguments')).toMatchObject({ text: '{"b":"kept"}' })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

test.each([
  ['MAX_TOKENS', 'length'],
  ['CONTINUATION', 'length'],
  ['SAFETY', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['OTHER', 'stop'],
  ['A_NEW_ONE', 'stop'],
])('%s ends an answer by %s', (finishReason, reason) => {
  expect(withoutUsage(read(chunk([{ text: 'x' }], { finishReason }))).at(-2)).toMatchObject({
    kind: 'finish',
    reason,
  })
})

test.each(['MALFORMED_FUNCTION_CALL', 'TOO_MANY_TOOL_CALLS'])(
  '%s is a failure, and nothing follows it',
  finishReason => {
    const events = read(chunk([{ text: 'x' }], { finishReason }), chunk([{ text: 'y' }]))
    expect(events.at(-1)).toMatchObject({ kind: 'error' })
  },
)

test('an end without a word of any kind is a failure', () => {
  expect(read(chunk([], { finishReason: 'OTHER' })).at(-1)).toMatchObject({ kind: 'error' })
})

test('a prompt that is refused is an answer without a word, and is billed', () => {
  const events = read({ promptFeedback: { blockReason: 'SAFETY' }, usageMetadata: { promptTokenCount: 4 } })
  expect(events.slice(-3)).toMatchObject([
    { kind: 'finish', reason: 'content_filter', native: 'SAFETY' },
    { kind: 'usage', usage: { inputTokens: 4, outputTokens: 0 }, isFinal: true },
    { kind: 'done' },
  ])
})

test('a stream that closes before its end is not done', () => {
  expect(read(chunk([{ text: 'x' }])).map(({ kind }) => kind)).toEqual(['start', 'text'])
  expect(read()).toEqual([])
})

test('an error in the midst is told as it came', () => {
  const body = { error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } }
  expect(read(chunk([{ text: 'x' }]), body, chunk([{ text: 'y' }])).at(-1)).toEqual({ kind: 'error', body })
  const reader = new StreamReader()
  expect(reader.push({ name: null, data: '<html>' })).toMatchObject([{ kind: 'error' }])
})

test('several candidates are several answers', () => {
  const both = {
    candidates: [
      { index: 0, content: { parts: [{ text: 'a' }] }, finishReason: 'STOP' },
      { index: 1, content: { parts: [{ text: 'b' }] } },
    ],
  }
  expect(read(both).at(-1)).toMatchObject({ kind: 'text', choice: 1 })
  const last = { candidates: [{ index: 1, content: { parts: [] }, finishReason: 'MAX_TOKENS' }] }
  expect(read(both, last).slice(-2)).toMatchObject([
    { kind: 'finish', choice: 1, reason: 'length' },
    { kind: 'done' },
  ])
})

test('images, web sources and log probabilities have their places', () => {
  const events = read(
    chunk([{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }], {
      finishReason: 'STOP',
      groundingMetadata: { groundingChunks: [{ web: { uri: 'https://a.example', title: 'A' } }, {}] },
      logprobsResult: {
        chosenCandidates: [{ token: 'é', logProbability: -0.5 }],
        topCandidates: [{ candidates: [{ token: 'e', logProbability: -1 }] }],
      },
    }),
  )
  expect(events.slice(1, 4)).toEqual([
    {
      kind: 'extra',
      choice: 0,
      member: 'images',
      value: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
    },
    {
      kind: 'extra',
      choice: 0,
      member: 'logprobs',
      value: {
        content: [
          {
            token: 'é',
            logprob: -0.5,
            bytes: [195, 169],
            top_logprobs: [{ token: 'e', logprob: -1, bytes: [101] }],
          },
        ],
        refusal: null,
      },
    },
    {
      kind: 'citation',
      choice: 0,
      annotation: { type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A' } },
    },
  ])
})
