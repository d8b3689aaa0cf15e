import { afterAll, beforeAll, expect, test } from 'bun:test'
import {
  APIError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from 'openai'
import { chat } from '../vendor/chat'
import type { Step } from '../vendor/step'
import { ASK, refusal, type Scripted, startScripted, UPSTREAM } from './scripted'

let sdk: Scripted
beforeAll(async () => {
  sdk = await startScripted({
    maxJsonBytes: 10_000,
    models: ['m', ...VENDOR.flatMap((_, index) => [`e${index}`, `e${index}s`])],
  })
})
afterAll(() => sdk.stop())

type Class = new (...args: never[]) => APIError
/** What the vendor says, what the SDK throws, and how often the vendor is asked by a client that retries twice. */
const VENDOR: [statement: string, steps: Step[], kind: Class, code: string | null, calls: number][] = [
  ['400', refusal(400, { code: 'invalid_value', param: 'seed' }), BadRequestError, 'invalid_value', 1],
  [
    '400 for a long context',
    refusal(400, { code: 'context_length_exceeded' }),
    BadRequestError,
    'context_length_exceeded',
    1,
  ],
  ['401', refusal(401, { code: 'invalid_api_key' }), InternalServerError, 'upstream_auth_error', 3],
  ['402', refusal(402, {}), InternalServerError, 'upstream_auth_error', 3],
  [
    '403 for its account',
    refusal(403, { message: 'Country not supported.' }),
    InternalServerError,
    'upstream_auth_error',
    3,
  ],
  [
    '403 for the content',
    refusal(403, { code: 'content_filter' }),
    PermissionDeniedError,
    'content_filter',
    1,
  ],
  ['404', refusal(404, { code: 'model_not_found' }), InternalServerError, 'upstream_model_not_found', 1],
  ['409', refusal(409, { code: 'conflict' }), ConflictError, 'conflict', 1],
  ['422', refusal(422, { code: 'unprocessable' }), UnprocessableEntityError, 'unprocessable', 1],
  [
    '429',
    refusal(429, { code: 'rate_limit_exceeded' }, { 'retry-after-ms': '20' }),
    RateLimitError,
    'upstream_rate_limited',
    3,
  ],
  [
    '429 for its quota',
    refusal(429, { code: 'insufficient_quota' }),
    InternalServerError,
    'upstream_auth_error',
    3,
  ],
  ['500', refusal(500, {}), InternalServerError, 'upstream_error', 3],
  ['503', refusal(503, {}, { 'retry-after-ms': '20' }), InternalServerError, 'upstream_unavailable', 3],
  ['529', refusal(529, {}, { 'retry-after-ms': '20' }), InternalServerError, 'upstream_unavailable', 3],
  [
    'a page of HTML',
    [{ status: 502, headers: { 'content-type': 'text/html' } }, { text: '<h1>Bad gateway</h1>' }],
    InternalServerError,
    'upstream_error',
    3,
  ],
  [
    'a 200 that is no JSON',
    [{ status: 200, headers: { 'content-type': 'text/html' } }, { text: '<h1>Hi</h1>' }],
    InternalServerError,
    'upstream_error',
    3,
  ],
]

// A model of its own each, so that the SDK's pauses between its tries are spent at the same time.
for (const [index, [statement, steps, kind, code, calls]] of VENDOR.entries())
  for (const stream of [false, true])
    test.concurrent(`a vendor's ${statement} is ${kind.name}, ${stream ? 'streamed' : 'whole'}`, async () => {
      const model = `e${index}${stream ? 's' : ''}`
      await sdk.vendor.script(`${model}-2026-01`, steps)
      const client = sdk.client({ maxRetries: 2 })
      const error = await caught(client.chat.completions.create({ ...ASK, model, stream }))
      expect(error).toBeInstanceOf(kind)
      expect(error.code).toBe(code)
      expect(error.requestID).toMatch(/^[0-9a-f-]{36}$/)
      expect(error.message).not.toContain('<h1>')
      expect((await sdk.vendor.calls(`${model}-2026-01`)).length).toBe(calls)
    })

test('a vendor’s refusal keeps its text, its type and its param', async () => {
  const said = {
    message: 'Unsupported value: seed.',
    type: 'invalid_request_error',
    param: 'seed',
    code: 'unsupported_value',
  }
  await sdk.vendor.script(UPSTREAM, refusal(400, said))
  const error = await caught(sdk.openai.chat.completions.create(ASK))
  expect(error.error).toEqual(said)
  expect(error.message).toBe('400 Unsupported value: seed.')
})

const body = (more: object) => ({ ...ASK, ...more }) as typeof ASK

/** Refused by the gateway itself: no vendor is asked, and the SDK does not try again. */
const OURS: [
  statement: string,
  ask: (sdk: Scripted) => Promise<unknown>,
  kind: Class,
  code: string,
  param: string | null,
][] = [
  [
    'a wrong key',
    ({ client }) => client({ apiKey: 'sk-wrong' }).chat.completions.create(ASK),
    AuthenticationError,
    'invalid_api_key',
    null,
  ],
  [
    'a wrong key for the list',
    async ({ client }) => client({ apiKey: 'sk-wrong' }).models.list(),
    AuthenticationError,
    'invalid_api_key',
    null,
  ],
  [
    'the admin key',
    ({ client }) => client({ apiKey: 'cm_adm_for_tests_only' }).chat.completions.create(ASK),
    PermissionDeniedError,
    'scope_not_allowed',
    null,
  ],
  [
    'an unknown model',
    ({ openai }) => openai.chat.completions.create(body({ model: 'none' })),
    NotFoundError,
    'model_not_found',
    null,
  ],
  [
    'an unknown route',
    ({ openai }) => openai.fineTuning.jobs.create({ model: 'm', training_file: 'f' }),
    NotFoundError,
    'unknown_url',
    null,
  ],
  ['a wrong method', ({ openai }) => openai.delete('/models/m'), APIError, 'method_not_allowed', null],
  [
    'a wrong type',
    ({ openai }) => openai.chat.completions.create(body({ n: 'two' })),
    BadRequestError,
    'invalid_type',
    'n',
  ],
  [
    'no messages',
    ({ openai }) => openai.chat.completions.create(body({ messages: [] })),
    BadRequestError,
    'empty_array',
    'messages',
  ],
  [
    'a parameter that moves the vendor',
    ({ openai }) => openai.chat.completions.create(body({ base_url: 'http://x' })),
    BadRequestError,
    'unknown_parameter',
    'base_url',
  ],
  [
    'a body that is too large',
    ({ openai }) => openai.chat.completions.create(body({ x: 'x'.repeat(10_000) })),
    APIError,
    'request_too_large',
    null,
  ],
]

for (const [statement, ask, kind, code, param] of OURS)
  test(`${statement} is ${kind.name}`, async () => {
    let tries = 0
    const counting: typeof fetch = Object.assign((...call: Parameters<typeof fetch>) => {
      tries++
      return fetch(...call)
    }, fetch)
    const client: Scripted['client'] = more => sdk.client({ maxRetries: 2, fetch: counting, ...more })
    const retrying: Scripted = { ...sdk, openai: client({}), client }
    const before = (await sdk.vendor.calls(UPSTREAM)).length
    const error = await caught(ask(retrying))
    expect(error).toBeInstanceOf(kind)
    expect({ code: error.code, param: error.param }).toEqual({ code, param })
    expect(error.requestID).toMatch(/^[0-9a-f-]{36}$/)
    expect(tries).toBe(1)
    expect((await sdk.vendor.calls(UPSTREAM)).length).toBe(before)
  })

test('a gateway that stops is InternalServerError, and says when to come again', async () => {
  sdk.gateway.limits.draining = true
  const error = await caught(sdk.openai.chat.completions.create(ASK))
  sdk.gateway.limits.draining = false
  expect(error).toBeInstanceOf(InternalServerError)
  expect([error.status, error.code, error.headers?.get('retry-after')]).toEqual([503, 'shutting_down', '1'])
})

test('wire 20: the SDK waits as long as a vendor’s retry-after-ms says, and then succeeds', async () => {
  await sdk.vendor.script(UPSTREAM, refusal(429, {}, { 'retry-after-ms': '80' }), chat({ stream: false }))
  const spans: { from: number; to: number }[] = []
  const timing: typeof fetch = Object.assign(async (...call: Parameters<typeof fetch>) => {
    const from = performance.now()
    const response = await fetch(...call)
    spans.push({ from, to: performance.now() })
    return response
  }, fetch)
  const answer = await sdk.client({ maxRetries: 1, fetch: timing }).chat.completions.create(ASK)
  expect(answer.choices[0]?.finish_reason).toBe('stop')
  expect(spans).toHaveLength(2)
  // Left to itself the SDK waits for at least 375 ms.
  expect(spans[1]!.from - spans[0]!.to).toBeWithin(75, 370)
})

async function caught(asking: Promise<unknown>): Promise<APIError> {
  const error = await asking.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(APIError)
  return error as APIError
}
