import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { type DemoVendor, startDemoVendor } from '../../src/demo/server'

let vendor: DemoVendor
let openai: OpenAI
beforeAll(() => {
  vendor = startDemoVendor({ paceMs: 0 })
  openai = new OpenAI({ baseURL: vendor.url, apiKey: 'any', maxRetries: 0 })
})
afterAll(() => vendor.stop())

const messages = [{ role: 'user', content: 'hi' }]
const post = (body: unknown) =>
  fetch(`${vendor.url}/chat/completions`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

describe('fails as asked', () => {
  const classes = {
    400: OpenAI.BadRequestError,
    401: OpenAI.AuthenticationError,
    403: OpenAI.PermissionDeniedError,
    404: OpenAI.NotFoundError,
    409: OpenAI.ConflictError,
    422: OpenAI.UnprocessableEntityError,
    429: OpenAI.RateLimitError,
    500: OpenAI.InternalServerError,
    503: OpenAI.InternalServerError,
    529: OpenAI.InternalServerError,
  }
  for (const [status, expected] of Object.entries(classes))
    for (const stream of [false, true])
      test(`with ${status}, ${stream ? 'streamed' : 'whole'}`, async () => {
        const content = `please demo:error=${status}`
        const body = { model: 'demo', messages: [{ role: 'user' as const, content }], stream }
        const error = await openai.chat.completions.create(body).then(
          () => undefined,
          (reason: unknown) => reason,
        )
        expect(error).toBeInstanceOf(expected)
        expect(error).toMatchObject({ status: Number(status), requestID: expect.stringMatching(/^req_/) })
      })
})

test('tells when to come back with 429, and never with a spent quota', async () => {
  const fail = (wanted: string) =>
    post({ model: 'demo', messages: [{ role: 'user', content: `demo:error=${wanted}` }] })
  const limited = await fail('429')
  expect(limited.headers.get('retry-after')).toBe('1')
  expect(await limited.json()).toMatchObject({
    error: { type: 'requests', code: 'rate_limit_exceeded', param: null },
  })
  const quota = await fail('insufficient_quota')
  expect(quota.status).toBe(429)
  expect(quota.headers.has('retry-after')).toBe(false)
  expect(await quota.json()).toMatchObject({
    error: { type: 'insufficient_quota', code: 'insufficient_quota' },
  })
  expect(await (await fail('context_length_exceeded')).json()).toMatchObject({
    error: { code: 'context_length_exceeded' },
  })
})

const tools = [{ type: 'function', function: { name: 'f' } }]
const REFUSED: Record<string, [body: unknown, status: number, code: string | null, param: string | null]> = {
  'a body that is no JSON': ['{"model":', 400, null, null],
  'a body that is no object': ['[]', 400, null, null],
  'no model': [{ messages }, 400, null, null],
  'an unknown model': [{ model: 'x', messages }, 404, 'model_not_found', null],
  'no messages': [{ model: 'demo' }, 400, 'missing_required_parameter', 'messages'],
  'messages of null': [{ model: 'demo', messages: null }, 400, 'missing_required_parameter', 'messages'],
  'empty messages': [{ model: 'demo', messages: [] }, 400, 'empty_array', 'messages'],
  'messages that are no array': [{ model: 'demo', messages: 'hi' }, 400, 'invalid_type', 'messages'],
  'a message without a role': [
    { model: 'demo', messages: [{ content: 'x' }] },
    400,
    'missing_required_parameter',
    'messages[0].role',
  ],
  'an unknown role': [
    { model: 'demo', messages: [{ role: 'boss', content: 'x' }] },
    400,
    'invalid_value',
    'messages[0].role',
  ],
  'a user without content': [
    { model: 'demo', messages: [{ role: 'user' }] },
    400,
    'missing_required_parameter',
    'messages[0].content',
  ],
  'an unknown part': [
    { model: 'demo', messages: [{ role: 'user', content: [{ type: 'smell' }] }] },
    400,
    'invalid_value',
    'messages[0].content[0].type',
  ],
  'a picture that is none': [
    {
      model: 'demo',
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:,x' } }] }],
    },
    400,
    'invalid_value',
    'messages[0].content[0].image_url.url',
  ],
  'n of 0': [{ model: 'demo', messages, n: 0 }, 400, 'integer_below_min_value', 'n'],
  'n of 129': [{ model: 'demo', messages, n: 129 }, 400, 'integer_above_max_value', 'n'],
  'n of 1.5': [{ model: 'demo', messages, n: 1.5 }, 400, 'invalid_type', 'n'],
  'a temperature of 2.1': [
    { model: 'demo', messages, temperature: 2.1 },
    400,
    'decimal_above_max_value',
    'temperature',
  ],
  'max_tokens of 0': [
    { model: 'demo', messages, max_tokens: 0 },
    400,
    'integer_below_min_value',
    'max_tokens',
  ],
  'both limits': [
    { model: 'demo', messages, max_tokens: 5, max_completion_tokens: 5 },
    400,
    'invalid_parameter_combination',
    'max_tokens',
  ],
  'stream_options without a stream': [
    { model: 'demo', messages, stream_options: {} },
    400,
    null,
    'stream_options',
  ],
  'include_usage that is no boolean': [
    { model: 'demo', messages, stream: true, stream_options: { include_usage: 'yes' } },
    400,
    'invalid_type',
    'stream_options.include_usage',
  ],
  'top_logprobs without logprobs': [{ model: 'demo', messages, top_logprobs: 1 }, 400, null, 'top_logprobs'],
  'parallel_tool_calls without tools': [
    { model: 'demo', messages, parallel_tool_calls: true },
    400,
    null,
    'parallel_tool_calls',
  ],
  'a tool_choice without tools': [{ model: 'demo', messages, tool_choice: 'auto' }, 400, null, 'tool_choice'],
  'more tools than 128': [
    { model: 'demo', messages, tools: Array(129).fill(tools[0]) },
    400,
    'array_above_max_length',
    'tools',
  ],
  'a choice of an unknown tool': [
    { model: 'demo', messages, tools, tool_choice: { type: 'function', function: { name: 'g' } } },
    400,
    'invalid_value',
    'tool_choice.function.name',
  ],
  'no stop sequence': [{ model: 'demo', messages, stop: [] }, 400, 'empty_array', 'stop'],
  'five stop sequences': [
    { model: 'demo', messages, stop: ['a', 'b', 'c', 'd', 'e'] },
    400,
    'array_above_max_length',
    'stop',
  ],
  'a schema without a name': [
    { model: 'demo', messages, response_format: { type: 'json_schema', json_schema: {} } },
    400,
    'missing_required_parameter',
    'response_format.json_schema.name',
  ],
  'a prompt beyond its context': [
    { model: 'demo', messages: [{ role: 'user', content: 'a '.repeat(130_000) }] },
    400,
    'context_length_exceeded',
    'messages',
  ],
}

describe('refuses', () => {
  for (const [what, [body, status, code, param]] of Object.entries(REFUSED))
    test(what, async () => {
      const response = await post(body)
      expect(response.status).toBe(status)
      expect(response.headers.get('content-type')).toBe('application/json')
      const { error } = (await response.json()) as { error: Record<string, unknown> }
      expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code'])
      expect(error).toMatchObject({ type: 'invalid_request_error', code, param })
    })
})

test('takes null for absent in every optional member', async () => {
  const names = [
    'stop',
    'n',
    'seed',
    'max_tokens',
    'max_completion_tokens',
    'tools',
    'tool_choice',
    'response_format',
  ]
  const more = [
    'stream',
    'stream_options',
    'temperature',
    'top_p',
    'logprobs',
    'top_logprobs',
    'parallel_tool_calls',
    'reasoning_effort',
  ]
  const nulls = Object.fromEntries([...names, ...more].map(name => [name, null]))
  expect((await post({ model: 'demo', messages, ...nulls, unknown: { a: 1 } })).status).toBe(200)
})

test("answers unknown paths and methods in OpenAI's envelope", async () => {
  const unknown = await fetch(`${vendor.url}/embeddings`, { method: 'POST', body: '{}' })
  expect(unknown.status).toBe(404)
  expect(await unknown.json()).toMatchObject({ error: { code: 'unknown_url', param: null } })
  const wrong = await fetch(`${vendor.url}/chat/completions`)
  expect(wrong.status).toBe(405)
  expect(wrong.headers.get('allow')).toBe('POST')
  expect((await fetch(`${vendor.url}/models/%ff`)).status).toBe(404)
})
