import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK } from './stream-text'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateway.forgetRecords()
  await vendor.clear()
})

interface Said {
  message?: string
  type?: string
  param?: string | null
  code?: string | number | null
}
/** What the caller is told: status, type, code, param, and the headers that steer a retry. */
type Told = [
  status: number,
  type: string,
  code: string | null,
  param: string | null,
  headers?: Record<string, string | null>,
]

function answer(status: number, said: Said, headers: Record<string, string> = {}): Step[] {
  const error = { message: 'vendor says no', type: 'x', param: null, code: null, ...said }
  return [
    { status, headers: { 'content-type': 'application/json', ...headers } },
    { text: JSON.stringify({ error }) },
  ]
}

const FINAL = { 'x-should-retry': 'false' }

const TABLE: [case_: string, status: number, said: Said, headers: Record<string, string>, told: Told][] = [
  [
    '400',
    400,
    { code: 'invalid_value', param: 'messages[0].role' },
    {},
    [400, 'invalid_request_error', 'invalid_value', 'messages[0].role', { 'x-should-retry': null }],
  ],
  [
    'wire 37: 400 for a data URL',
    400,
    { code: 'invalid_value', param: 'messages[0].content[1].image_url.url' },
    {},
    [400, 'invalid_request_error', 'invalid_value', 'messages[0].content[1].image_url.url'],
  ],
  ['400 with a numeric code', 400, { code: 400 }, {}, [400, 'invalid_request_error', '400', null]],
  [
    '400 content filter',
    400,
    { code: 'content_filter' },
    {},
    [400, 'invalid_request_error', 'content_filter', null],
  ],
  [
    '400 context too long, by code',
    400,
    { code: 'context_length_exceeded', param: 'messages' },
    {},
    [400, 'invalid_request_error', 'context_length_exceeded', 'messages'],
  ],
  [
    '400 context too long, by words',
    400,
    { message: 'This model’s maximum context length is 8192 tokens.' },
    {},
    [400, 'invalid_request_error', 'context_length_exceeded', null],
  ],
  ['409', 409, { code: 'conflict' }, {}, [409, 'invalid_request_error', 'conflict', null, FINAL]],
  ['413', 413, {}, {}, [413, 'invalid_request_error', null, null]],
  ['422', 422, { param: 'n' }, {}, [422, 'invalid_request_error', null, 'n']],
  [
    '403 for content',
    403,
    { code: 'content_policy_violation' },
    {},
    [403, 'permission_error', 'content_policy_violation', null],
  ],
  ['401', 401, { code: 'invalid_api_key' }, {}, [502, 'server_error', 'upstream_auth_error', null]],
  ['402', 402, {}, {}, [502, 'server_error', 'upstream_auth_error', null]],
  [
    '403 for the account',
    403,
    { message: 'not allowed to use this model' },
    {},
    [502, 'server_error', 'upstream_auth_error', null],
  ],
  [
    '429 insufficient_quota',
    429,
    { type: 'insufficient_quota', code: 'insufficient_quota' },
    { 'retry-after': '3' },
    [502, 'server_error', 'upstream_auth_error', null],
  ],
  [
    '404',
    404,
    { code: 'model_not_found' },
    {},
    [502, 'server_error', 'upstream_model_not_found', null, FINAL],
  ],
  [
    '429',
    429,
    { code: 'rate_limit_exceeded' },
    {},
    [429, 'requests', 'upstream_rate_limited', null, { 'retry-after': null }],
  ],
  [
    'wire 20: 429 with seconds',
    429,
    {},
    { 'retry-after': '7' },
    [429, 'requests', 'upstream_rate_limited', null, { 'retry-after': '7', 'retry-after-ms': '7000' }],
  ],
  [
    'wire 21: 429 with milliseconds',
    429,
    {},
    { 'retry-after-ms': '250', 'retry-after': '1' },
    [429, 'requests', 'upstream_rate_limited', null, { 'retry-after': '1', 'retry-after-ms': '250' }],
  ],
  [
    'wire 21: 429 with no milliseconds beside a second',
    429,
    {},
    { 'retry-after-ms': '0', 'retry-after': '1' },
    [429, 'requests', 'upstream_rate_limited', null, { 'retry-after': '1', 'retry-after-ms': '1000' }],
  ],
  [
    'T65: 429 with a week',
    429,
    {},
    { 'retry-after': '604800' },
    [429, 'requests', 'upstream_rate_limited', null, { 'retry-after': '86400' }],
  ],
  [
    '529',
    529,
    {},
    { 'retry-after': '2' },
    [503, 'server_error', 'upstream_unavailable', null, { 'retry-after': '2' }],
  ],
  [
    '503',
    503,
    {},
    { 'retry-after': '4' },
    [503, 'server_error', 'upstream_unavailable', null, { 'retry-after': '4' }],
  ],
  ['500', 500, {}, {}, [502, 'server_error', 'upstream_error', null]],
  ['502', 502, {}, {}, [502, 'server_error', 'upstream_error', null]],
  ['504', 504, {}, {}, [504, 'server_error', 'upstream_timeout', null]],
  ['408', 408, {}, {}, [504, 'server_error', 'upstream_timeout', null]],
  ['424', 424, {}, {}, [502, 'server_error', 'upstream_error', null]],
  ['418', 418, {}, {}, [502, 'server_error', 'upstream_error', null]],
  ['204 for an answer', 204, {}, {}, [502, 'server_error', 'upstream_error', null]],
]

for (const [case_, status, said, headers, told] of TABLE)
  for (const stream of [true, false])
    test(`wire 14, 15, 84: a vendor’s ${case_} is told before anything else was (${stream ? 'stream' : 'unary'})`, async () => {
      await vendor.script('m-2026-01', status === 204 ? [{ status }] : answer(status, said, headers))
      const response = await gateway.chat({ ...ASK, stream })
      const [wanted, type, code, param, wantedHeaders = {}] = told
      const { error } = (await response.json()) as { error: Record<string, unknown> }
      expect([response.status, error.type, error.code, error.param]).toEqual([wanted, type, code, param])
      expect(Object.keys(error).toSorted()).toEqual(['code', 'message', 'param', 'type'])
      expect(error.message).toBeString()
      expect(error.message).not.toBe('')
      for (const [name, value] of Object.entries(wantedHeaders))
        expect([name, response.headers.get(name)]).toEqual([name, value])
      expect(response.headers.get('content-type')).toBe('application/json')
      expect(response.headers.get('x-request-id')).toBe(response.headers.get('x-callmissed-request-id')!)
      expect(await gateway.record()).toMatchObject({
        requestId: response.headers.get('x-request-id')!,
        outcome: 'error',
        status: wanted,
        errorCode: code,
        vendor: 'acme',
        attempts: [{ status, model: 'm-2026-01' }],
        ...(status >= 300 && { usage: null, usageSource: null, costPicoUsd: 0n }),
      })
    })

const TEXTS: [shape: string, body: string, message: string][] = [
  ['OpenAI’s envelope', '{"error":{"message":"bad field"}}', 'bad field'],
  ['a string', '{"error":"bad field"}', 'bad field'],
  ['detail', '{"detail":"bad field"}', 'bad field'],
  ['a flat object', '{"message":"bad field","code":1}', 'bad field'],
  ['plain text', 'bad field', 'bad field'],
  ['HTML', '<html><body>bad field</body></html>', 'The vendor refused the request.'],
  ['nothing', '', 'The vendor refused the request.'],
  ['an empty message', '{"error":{"message":""}}', 'The vendor refused the request.'],
  ['null', 'null', 'The vendor refused the request.'],
]
for (const [shape, body, message] of TEXTS)
  test(`wire 12, 13, 17: a refusal in the shape of ${shape} keeps its text in our envelope`, async () => {
    await vendor.script('m-2026-01', [
      { status: 400, headers: { 'content-type': 'text/html' } },
      { text: body },
    ])
    const response = await gateway.chat(ASK)
    expect(response.status).toBe(400)
    expect(((await response.json()) as { error: { message: string } }).error.message).toBe(message)
  })

test('a vendor’s text is kept up to 1 KB', async () => {
  await vendor.script('m-2026-01', answer(400, { message: 'x'.repeat(100_000) }))
  const { error } = (await (await gateway.chat(ASK)).json()) as { error: { message: string } }
  expect(error.message).toBe('x'.repeat(1024))
})

test('a text of which the end is not waited for is kept as well as one that came whole', async () => {
  const [head, whole] = answer(400, { message: `"a"\\\n${'x'.repeat(100_000)}` })
  const body = (whole as { text: string }).text
  await vendor.script('m-2026-01', [
    head!,
    { text: body.slice(0, 70_000) },
    { wait: 50 },
    { text: body.slice(70_000) },
  ])
  const { error } = (await (await gateway.chat(ASK)).json()) as { error: { message: string } }
  expect(error.message).toBe(`"a"\\\n${'x'.repeat(1_019)}`)
})

test('an error body that never ends is not read for ever', async () => {
  await vendor.script('m-2026-01', [
    { status: 400, headers: { 'content-type': 'text/plain' } },
    { repeat: 20, steps: [{ text: 'y'.repeat(16 * 1024) }, { wait: 1 }] },
    { stall: true },
  ])
  const response = await gateway.chat(ASK)
  expect(response.status).toBe(400)
  const call = await vendor.waitForCall('m-2026-01')
  await vendor.waitForClosed(call.id)
})

test('wire 91: a vendor’s error is told by its status, not by its content type', async () => {
  await vendor.script(
    'm-2026-01',
    answer(400, { message: 'no such thing' }, { 'content-type': 'text/event-stream' }),
  )
  const response = await gateway.chat(ASK)
  expect([response.status, response.headers.get('content-type')]).toEqual([400, 'application/json'])
})

test('wire 16, 19: only what cannot succeed later tells the SDKs not to retry', async () => {
  const retryable = new Map<number, string | null>()
  for (const status of [400, 404, 409, 429, 500, 503]) {
    await vendor.script('m-2026-01', answer(status, {}))
    retryable.set(status, (await gateway.chat(ASK)).headers.get('x-should-retry'))
  }
  expect([...retryable]).toEqual([
    [400, null],
    [404, 'false'],
    [409, 'false'],
    [429, null],
    [500, null],
    [503, null],
  ])
})
