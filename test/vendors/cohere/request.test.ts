import { expect, test } from 'bun:test'
import { GatewayError } from '../../../src/errors'
import { ask, HELLO } from './ask'

/** The refusal's code and field. */
function refusalOf(run: () => unknown): [string | null, string | null] {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return [error.code, error.param]
    throw error
  }
  throw new Error('it was not refused')
}

const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } })

test('goes to the account’s chat with its key and headers', () => {
  const { url, headers, body, dropped } = ask({})
  expect(url).toBe('https://api.cohere.com/v2/chat')
  expect(headers).toEqual({
    'content-type': 'application/json',
    accept: 'application/json',
    authorization: 'Bearer co-secret',
    'x-team': 'search',
  })
  expect(body).toEqual({ model: 'command-a-reasoning-08-2025', messages: HELLO })
  expect(dropped).toEqual([])
  expect(ask({ stream: true, stream_options: { include_usage: true } }).body.stream).toBe(true)
})

test('bounds and sampling have their names and ranges here', () => {
  const { body, dropped } = ask({
    max_tokens: 100,
    temperature: 1.5,
    top_p: 1,
    top_k: 40,
    seed: 7,
    stop: ['a', 'b'],
    presence_penalty: 1.5,
    logprobs: true,
  })
  expect(body).toMatchObject({
    max_tokens: 100,
    temperature: 1,
    p: 0.99,
    k: 40,
    seed: 7,
    stop_sequences: ['a', 'b'],
    presence_penalty: 1,
    logprobs: true,
  })
  expect(dropped).toEqual([])
})

test.each([
  [{ top_logprobs: 3 }, 'top_logprobs'],
  [{ parallel_tool_calls: false }, 'parallel_tool_calls'],
  [{ user: 'u' }, 'safety_identifier'],
  [{ service_tier: 'auto' }, 'service_tier'],
  [{ logit_bias: { 1: 2 } }, 'logit_bias'],
  [{ a_field_of_nobody: 1 }, 'a_field_of_nobody'],
])('%j is dropped by name', (request, name) => {
  expect(ask(request).dropped).toEqual([name])
})

test.each([
  [{ stop: ['1', '2', '3', '4', '5', '6'] }, ['invalid_value', 'stop']],
  [{ presence_penalty: 1, frequency_penalty: 1 }, ['unsupported_parameter', 'presence_penalty']],
  [{ frequency_penalty: -1 }, ['unsupported_parameter', 'frequency_penalty']],
  [{ web_search_options: {} }, ['unsupported_parameter', 'web_search_options']],
  [{ modalities: ['audio'] }, ['unsupported_parameter', 'modalities']],
  [
    { tools: [tool('f')], response_format: { type: 'json_object' } },
    ['unsupported_parameter', 'response_format'],
  ],
  [
    {
      messages: [
        { role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'A', format: 'wav' } }] },
      ],
    },
    ['unsupported_parameter', 'messages[0].content[0]'],
  ],
  [{ messages: [{ role: 'assistant', content: '' }] }, ['invalid_value', 'messages']],
])('%j is refused by name', (request, refusal) => {
  expect(refusalOf(() => ask(request))).toEqual(refusal as [string, string])
})

test('JSON is asked for with the schema where there is one', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' } } }
  const format = { type: 'json_schema', json_schema: { name: 'x', schema } }
  expect(ask({ response_format: format }).body.response_format).toEqual({
    type: 'json_object',
    json_schema: schema,
  })
  expect(ask({ response_format: { type: 'json_object' } }).body.response_format).toEqual({
    type: 'json_object',
  })
})

test.each([
  ['none', { type: 'disabled' }],
  ['low', { type: 'enabled', token_budget: 2_048 }],
  ['high', { type: 'enabled', token_budget: 16_384 }],
  ['max', { type: 'enabled' }],
])('effort %s is %j', (reasoning_effort, thinking) => {
  expect(ask({ reasoning_effort }).body.thinking).toEqual(thinking)
  const plain = ask({ reasoning_effort }, { capabilities: new Set() })
  expect([plain.body.thinking, plain.dropped]).toEqual([undefined, ['reasoning_effort']])
})

test('a history with calls has their plan, their results and their ids', () => {
  const messages = [
    { role: 'system', content: 'be kind' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'what is ' },
        { type: 'text', text: 'this?' },
      ],
    },
    {
      role: 'assistant',
      content: 'I will look.',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
    { role: 'assistant', content: 'A cat.' },
  ]
  expect(ask({ messages }).body.messages).toEqual([
    { role: 'system', content: 'be kind' },
    { role: 'user', content: 'what is this?' },
    {
      role: 'assistant',
      tool_plan: 'I will look.',
      tool_calls: [{ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } }],
    },
    { role: 'tool', tool_call_id: 'c1', content: 'a cat' },
    { role: 'assistant', content: 'A cat.' },
  ])
})

test('images go with their text, as they are', () => {
  const url = 'https://a.example/cat.png'
  const content = [
    { type: 'text', text: 'look' },
    { type: 'image_url', image_url: { url, detail: 'low' } },
  ]
  expect(ask({ messages: [{ role: 'user', content }] }).body.messages).toEqual([{ role: 'user', content }])
})

test.each([
  [undefined, ['a', 'b'], undefined],
  ['auto', ['a', 'b'], undefined],
  ['none', ['a', 'b'], 'NONE'],
  ['required', ['a', 'b'], 'REQUIRED'],
  [{ type: 'function', function: { name: 'b' } }, ['b'], 'REQUIRED'],
  [{ type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [tool('a')] } }, ['a'], undefined],
])('tool_choice %j sends %j as %p', (tool_choice, names, word) => {
  const { body } = ask({ tools: [tool('a'), tool('b')], tool_choice })
  expect(body.tools.map((sent: { function: { name: string } }) => sent.function.name)).toEqual(names)
  expect(body.tool_choice).toBe(word)
})

test('tools that are all strict are held to their schemas', () => {
  expect(ask({ tools: [tool('a', { strict: true })] }).body.strict_tools).toBe(true)
  expect(ask({ tools: [tool('a', { strict: true }), tool('b')] }).body).not.toHaveProperty('strict_tools')
})

test('the vendor’s own members are taken as they are', () => {
  const own = { documents: [{ id: 'd' }], citation_options: { mode: 'FAST' }, safety_mode: 'NONE' }
  const { body, dropped } = ask({ ...own, thinking: { type: 'disabled' } })
  expect(body).toMatchObject({ ...own, thinking: { type: 'disabled' } })
  expect(dropped).toEqual([])
})
