import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { GatewayError } from '../../src/errors'
import { anyCaller } from '../auth/any-caller'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { ASK, eventsIn, postMessages, startMixed } from './messages-text'
import type { TestGateway } from './start-gateway'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startMixed({ vendors: { acme: vendor.url }, capabilities: ['streaming', 'tools', 'vision'] })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateway.forgetRecords()
  await vendor.clear()
})

async function post(steps: Step[], body: object = ASK, headers: Record<string, string> = {}) {
  await vendor.script('m-2026-01', steps)
  const response = await postMessages(gateway, body, headers)
  const text = await response.text()
  const [call] = await vendor.calls()
  const sent = call?.body && JSON.parse(call.body.toString())
  return { response, text, call, sent }
}

const TOOLS = [{ name: 'f', input_schema: { type: 'object', properties: { a: { type: 'integer' } } } }]
const CALL = { id: 'call_1', name: 'f', arguments: ['{"a":', '1}'] }

test('a vendor of OpenAI’s dialect is asked for a chat', async () => {
  const { sent, call } = await post(chat({ stream: false }), {
    ...ASK,
    system: 'Be brief.',
    stop_sequences: ['END'],
    metadata: { user_id: 'u' },
    tools: TOOLS,
    tool_choice: { type: 'any' },
  })
  expect(call?.path).toBe('/v1/chat/completions')
  expect(sent).toEqual({
    model: 'm-2026-01',
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ],
    stream: false,
    max_completion_tokens: 100,
    stop: ['END'],
    user: 'u',
    tools: [{ type: 'function', function: { name: 'f', parameters: TOOLS[0]!.input_schema } }],
    tool_choice: 'required',
  })
})

test('its whole answer is a message, its figures in Anthropic’s terms with the cost', async () => {
  const usage = { inputTokens: 100, cachedInputTokens: 60, outputTokens: 7 }
  const { text } = await post(chat({ stream: false, tokens: ['Hel', 'lo'], usage, model: 'acme-1' }))
  expect(JSON.parse(text)).toEqual({
    id: 'chatcmpl-scripted',
    type: 'message',
    role: 'assistant',
    model: 'acme-1',
    content: [{ type: 'text', text: 'Hello' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: 40,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 60,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 0 },
      output_tokens: 7,
      // 40 × 2.5 + 60 × 0.25 + 7 × 10 micro-dollars.
      cost_usd: 0.000185,
    },
  })
  expect(await gateway.record()).toMatchObject({
    endpoint: 'messages',
    outcome: 'ok',
    usageSource: 'vendor',
    finishReason: 'stop',
    costPicoUsd: 185_000_000n,
    usage: { inputTokens: 100, cachedInputTokens: 60, outputTokens: 7 },
  })
})

test('its stream is a stream of messages, from message_start to message_stop', async () => {
  const { response, text, sent } = await post(chat({ tokens: ['Hel', 'lo'] }), { ...ASK, stream: true })
  expect(response.headers.get('content-type')).toStartWith('text/event-stream')
  expect(sent.stream_options).toEqual({ include_usage: true })
  const events = eventsIn(text)
  expect(events.map(({ type }) => type)).toEqual([
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ])
  expect(events.at(-2)).toMatchObject({
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { input_tokens: 12, output_tokens: 2, cost_usd: 0.00005 },
  })
  expect(text).not.toContain('[DONE]')
  expect(await gateway.record()).toMatchObject({ outcome: 'ok', stream: true, costPicoUsd: 50_000_000n })
})

test('calls are blocks of their own', async () => {
  const { text } = await post(chat({ tools: [CALL, { ...CALL, id: 'call_2' }] }), {
    ...ASK,
    stream: true,
    tools: TOOLS,
  })
  const events = eventsIn(text)
  const blocks = events.filter(({ type }) => type === 'content_block_start').map(event => event.content_block)
  expect(blocks).toEqual([
    { type: 'tool_use', id: 'call_1', name: 'f', input: {} },
    { type: 'tool_use', id: 'call_2', name: 'f', input: {} },
  ])
  expect(events.at(-2)?.delta).toMatchObject({ stop_reason: 'tool_use' })
  expect((await gateway.record()).finishReason).toBe('tool_calls')
})

test('what means nothing at the vendor is named in a header', async () => {
  const cache_control = { type: 'ephemeral' }
  const { response } = await post(chat({ stream: false }), {
    ...ASK,
    top_k: 5,
    thinking: { type: 'enabled', budget_tokens: 2000 },
    system: [{ type: 'text', text: 's', cache_control }],
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-callmissed-dropped-params')).toBe('top_k, cache_control, thinking')
})

test.each([
  [
    { max_tokens: 5, messages: ASK.messages },
    400,
    'invalid_request_error',
    'missing_required_parameter',
    'model',
  ],
  [{ ...ASK, messages: [] }, 400, 'invalid_request_error', 'empty_array', 'messages'],
  [
    { ...ASK, messages: [{ role: 'user', content: [{ type: 'audio' }] }] },
    400,
    'invalid_request_error',
    'unsupported_parameter',
    'messages[0].content[0]',
  ],
  [{ ...ASK, model: 'none' }, 404, 'not_found_error', 'model_not_found', undefined],
])('%j is refused in Anthropic’s envelope', async (body, status, type, code, param) => {
  const response = await postMessages(gateway, body)
  expect(response.status).toBe(status)
  const said = (await response.json()) as { error: { details: { param?: string } }; request_id: string }
  expect(said).toMatchObject({ type: 'error', error: { type, details: { error_code: code } } })
  expect(said.error.details.param).toBe(param)
  expect(said.request_id).toBe(response.headers.get('x-callmissed-request-id')!)
  expect(await vendor.calls()).toEqual([])
  expect(await gateway.record()).toMatchObject({ endpoint: 'messages', outcome: 'rejected', errorCode: code })
})

test('the key may come in either header; without one, or with a wrong one, nobody is asked', async () => {
  await vendor.script('m-2026-01', chat({ stream: false }))
  const authorization = `Bearer ${gateway.key}`
  const bearer = await postMessages(
    gateway,
    ASK,
    {},
    { headers: { authorization, 'content-type': 'application/json' } },
  )
  expect(bearer.status).toBe(200)
  for (const headers of [{}, { 'x-api-key': 'cm_live_wrong' }]) {
    const init = { headers: { 'content-type': 'application/json', ...headers } }
    const response = await postMessages(gateway, ASK, {}, init as RequestInit)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ type: 'error', error: { type: 'authentication_error' } })
  }
})

test.each([
  [{ scopes: ['embeddings' as const] }, 'scope_not_allowed'],
  [{ models: ['claude-*'] }, 'model_not_allowed'],
  [{ limits: { rpm: 1, tpm: null, concurrency: null } }, 'rate_limit_exceeded'],
])('a key with %j may go no further than that, here and at count_tokens', async (change, code) => {
  for (const path of ['/v1/messages', '/v1/messages/count_tokens']) {
    const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
    gateway.keyring.put(anyCaller(key, change))
    await vendor.script('m-2026-01', chat({ stream: false }))
    const post = () => postMessages(gateway, ASK, { 'x-api-key': key }, {}, path)
    if (code === 'rate_limit_exceeded') expect((await post()).status).toBe(200)
    const response = await post()
    const said = (await response.json()) as { error: { type: string; details: { error_code: string } } }
    const isLimit = code === 'rate_limit_exceeded'
    expect([response.status, said.error.type]).toEqual(
      isLimit ? [429, 'rate_limit_error'] : [403, 'permission_error'],
    )
    expect(said.error.details.error_code).toBe(code)
  }
})

test('a stream that fails on the way ends in an event of Anthropic’s', async () => {
  const { text } = await post(chat({ cut: { after: 2, how: 'close' } }), { ...ASK, stream: true })
  const events = eventsIn(text)
  expect(events.at(-1)).toMatchObject({
    type: 'error',
    error: { type: 'api_error', details: { error_code: 'upstream_error' } },
  })
  expect(events.some(({ type }) => type === 'message_stop')).toBe(false)
  expect(await gateway.record()).toMatchObject({ outcome: 'error', errorCode: 'upstream_error' })
})

test('a stream that we cut ends in an event with the cause’s code', async () => {
  await vendor.script('m-2026-01', chat({ cut: { after: 2, how: 'stall' } }))
  const response = await postMessages(gateway, { ...ASK, stream: true })
  for (const call of gateway.live) call.cut(new GatewayError('key_revoked', 'The key was revoked.'))
  expect(eventsIn(await response.text()).at(-1)).toEqual({
    type: 'error',
    error: {
      type: 'authentication_error',
      message: 'The key was revoked.',
      details: { error_code: 'key_revoked' },
    },
    request_id: response.headers.get('request-id'),
  })
})

test('a vendor that fails is a failure in Anthropic’s words', async () => {
  const failing: Step[] = [
    { status: 429, headers: { 'content-type': 'application/json', 'retry-after': '3' } },
    { text: '{"error":{"message":"slow"}}' },
  ]
  const { response, text } = await post(failing)
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '3'])
  expect(JSON.parse(text)).toMatchObject({ error: { type: 'rate_limit_error' } })
})

test('a silent stream is told that we are still there, by Anthropic’s own event', async () => {
  const patient = startMixed({ vendors: { acme: vendor.url }, patienceMs: 20 })
  try {
    await vendor.script('m-2026-01', chat({ firstMs: 200 }))
    const text = await (await postMessages(patient, { ...ASK, stream: true })).text()
    expect(text).toStartWith('event: ping\ndata: {"type":"ping"}\n\nevent: message_start')
  } finally {
    await patient.stop()
  }
})

test('another vendor is asked where the first one fails, each in its own dialect', async () => {
  const mixed = startMixed({ vendors: { anthropic: vendor.url, acme: vendor.url } })
  try {
    await vendor.script('m-2026-01', [{ status: 529 }, { text: '' }], chat({ stream: false, tokens: ['ok'] }))
    const response = await postMessages(mixed, ASK)
    expect(((await response.json()) as { content: unknown }).content).toEqual([{ type: 'text', text: 'ok' }])
    expect((await vendor.calls()).map(({ path }) => path)).toEqual(['/v1/messages', '/v1/chat/completions'])
    expect((await mixed.record()).attempts.map(({ vendor: name }) => name)).toEqual(['anthropic', 'acme'])
  } finally {
    await mixed.stop()
  }
})

test('where no route answers under /v1/messages, the refusal has Anthropic’s envelope all the same', async () => {
  for (const [method, path, status, type] of [
    ['GET', '/v1/messages', 405, 'invalid_request_error'],
    ['GET', '/v1/messages/batches', 404, 'not_found_error'],
  ] as const) {
    const response = await fetch(gateway.url + path, { method })
    const refusal = (await response.json()) as { type: string; error: object; request_id: string }
    expect({ status: response.status, ...refusal }).toEqual({
      status,
      type: 'error',
      error: { type, message: expect.any(String), details: { error_code: expect.any(String) } },
      request_id: response.headers.get('x-request-id')!,
    })
  }
  expect(await (await fetch(`${gateway.url}/v1/messagesx`)).json()).toMatchObject({ error: { param: null } })
})
