import { expect, test } from 'bun:test'
import { ACCOUNT, ask } from './ask'

test('goes to the account’s messages with its key and version', () => {
  const { url, headers, body, dropped } = ask({})
  expect(url).toBe('https://api.anthropic.com/v1/messages')
  expect(headers).toEqual({
    'content-type': 'application/json',
    accept: 'application/json',
    'anthropic-version': '2023-06-01',
    'x-api-key': 'sk-ant-secret',
  })
  expect(body).toEqual({
    model: 'claude-opus-4-7',
    max_tokens: 64_000,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  })
  expect(dropped).toEqual([])
})

test('asks for a stream where the caller does', () => {
  const { headers, body } = ask({ stream: true, stream_options: { include_usage: true } })
  expect([headers.accept, body.stream]).toEqual(['text/event-stream', true])
  expect(body).not.toHaveProperty('stream_options')
})

test('keeps the account’s own headers, its betas beside ours', () => {
  const vendor = { ...ACCOUNT, headers: { 'x-team': 'search', 'anthropic-beta': 'context-1m-2025-08-07' } }
  expect(ask({}, undefined, { vendor }).headers).toMatchObject({
    'x-team': 'search',
    'anthropic-beta': 'context-1m-2025-08-07',
  })
})

test('max_tokens is the caller’s, else the model’s longest answer, else one that every model has', () => {
  expect(ask({ max_completion_tokens: 10, max_tokens: 99 }).body.max_tokens).toBe(10)
  expect(ask({ max_tokens: 99 }).body.max_tokens).toBe(99)
  expect(ask({}, 'claude-opus-4-7', { maxOutputTokens: 128_000 }).body.max_tokens).toBe(128_000)
  expect(ask({}, 'kimi', { maxOutputTokens: null }).body.max_tokens).toBe(4096)
})

test.each([
  [{ stop: 'END' }, ['END'], []],
  [{ stop: ['a', 'b'] }, ['a', 'b'], []],
  [{ stop: ['a', ' \n'] }, ['a'], ['stop']],
  [{ stop: '\n' }, undefined, ['stop']],
])('stop %j becomes %j', (request, sequences, dropped) => {
  const sent = ask(request)
  expect([sent.body.stop_sequences, sent.dropped]).toEqual([sequences, dropped])
})

test.each([
  [{ user: 'u-1' }, 'u-1'],
  [{ user: 'u-1', safety_identifier: 's-1' }, 's-1'],
  [{ user: 'a@b.example' }, expect.stringMatching(/^[0-9a-f]{64}$/)],
  [{ user: 'x'.repeat(300) }, expect.stringMatching(/^[0-9a-f]{64}$/)],
])('user %j is the metadata’s user_id', (request, id) => {
  expect(ask(request).body.metadata).toEqual({ user_id: id })
})

test.each([
  ['auto', 'auto', []],
  ['priority', 'auto', []],
  ['default', 'standard_only', []],
  ['flex', undefined, ['service_tier']],
])('service_tier %s becomes %s', (tier, sent, dropped) => {
  const { body, dropped: named } = ask({ service_tier: tier })
  expect([body.service_tier, named]).toEqual([sent, dropped])
})

test('a tier that costs more than we know is refused by name', () => {
  expect(() => ask({ service_tier: 'fast' })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: 'service_tier', status: 400 }),
  )
})

test.each([
  ['seed', 1],
  ['presence_penalty', 0.5],
  ['frequency_penalty', 0.5],
  ['logprobs', true],
  ['top_logprobs', 3],
  ['logit_bias', { 50256: -100 }],
  ['prediction', { type: 'content', content: 'x' }],
  ['verbosity', 'low'],
  ['store', true],
  ['metadata', { a: 'b' }],
  ['prompt_cache_key', 'k'],
  ['prompt_cache_retention', '24h'],
  ['something_new', { a: 1 }],
])('%s means nothing here, and is said to be dropped', (name, value) => {
  const { body, dropped } = ask({ [name]: value })
  expect(dropped).toEqual([name])
  expect(Object.keys(body)).toEqual(['model', 'max_tokens', 'messages'])
})

test.each([
  ['audio', { voice: 'alloy', format: 'mp3' }],
  ['modalities', ['text', 'audio']],
  ['web_search_options', {}],
  ['moderation', { model: 'omni-moderation-latest' }],
])('%s cannot be had here, and is refused by name', (name, value) => {
  expect(() => ask({ [name]: value })).toThrow(
    expect.objectContaining({ code: 'unsupported_parameter', param: name, status: 400 }),
  )
})

test('a tool that the vendor runs itself is refused by name: no turn of ours is ever paused for one', () => {
  expect(() => ask({ tools: [{ type: 'web_search_20250305', name: 'web_search' }] })).toThrow(
    expect.objectContaining({ param: 'tools[0].type', status: 400 }),
  )
})

test('text alone may be asked for', () => {
  expect(ask({ modalities: ['text'], logprobs: false }).dropped).toEqual([])
})

test('json_object is asked for in words, a schema by the vendor’s own format', () => {
  const { body } = ask({
    messages: [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Hi' },
    ],
    response_format: { type: 'json_object' },
  })
  expect(body.system).toEqual([
    { type: 'text', text: 'Be kind.' },
    { type: 'text', text: expect.stringContaining('one JSON object') },
  ])
  const schema = { type: 'object', properties: { n: { type: 'integer', minimum: 1 } }, required: ['n'] }
  const sent = ask({ response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } })
  expect(sent.body.output_config).toEqual({
    format: {
      type: 'json_schema',
      schema: {
        type: 'object',
        properties: { n: { type: 'integer', description: '{minimum: 1}' } },
        required: ['n'],
        additionalProperties: false,
      },
    },
  })
  expect(ask({ response_format: { type: 'text' } }).body).not.toHaveProperty('output_config')
})
