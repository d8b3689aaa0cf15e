import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import { bodyOf, type Step } from '../vendor/step'
import { CREDENTIAL } from './catalog-of'
import {
  ASK,
  claude,
  eventsIn,
  JSON_HEAD,
  MESSAGE,
  postMessages,
  SSE,
  say,
  startMixed,
} from './messages-text'
import type { TestGateway } from './start-gateway'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startMixed({ vendors: { anthropic: vendor.url }, capabilities: ['streaming', 'tools'] })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateway.forgetRecords()
  await vendor.clear()
})

async function post(steps: Step[], body: unknown = ASK, headers: Record<string, string> = {}) {
  await vendor.script('m-2026-01', steps)
  const response = await postMessages(gateway, body, headers)
  return { response, text: await response.text() }
}

test('the caller’s bytes go out with the model alone replaced', async () => {
  const body = `{ "messages":[{"role":"user","content":"Hé 😀"}], "max_tokens":1e2,"model" : "m", "x_new":{"n":12345678901234567890} }`
  await post([JSON_HEAD, { text: JSON.stringify(MESSAGE) }], body)
  const [call] = await vendor.calls()
  expect(call?.path).toBe('/v1/messages')
  expect(call?.body?.toString()).toBe(body.replace('"model" : "m"', '"model" : "m-2026-01"'))
})

test('our credential goes out, the caller’s key does not; its betas do', async () => {
  await post([JSON_HEAD, { text: JSON.stringify(MESSAGE) }], ASK, {
    'anthropic-beta': 'oauth-2025-04-20, context-management-2025-06-27',
  })
  const [call] = await vendor.calls()
  const headers = Object.fromEntries(call!.headers)
  expect(headers).toMatchObject({
    'x-api-key': CREDENTIAL,
    'anthropic-version': '2023-06-01',
    'anthropic-beta': 'context-management-2025-06-27',
  })
  expect(JSON.stringify(call!.headers)).not.toContain(gateway.key)
})

test('a whole answer comes back as it was written, with its cost in its usage', async () => {
  const written = JSON.stringify(MESSAGE, null, 2)
  const { response, text } = await post([JSON_HEAD, { text: written }])
  // 10 × 2.5 + 20 × 0.25 + 4 × 10 micro-dollars.
  expect(text).toBe(
    written.replace(/("output_tokens": 4)\s*\}/, match => match.replace('}', ',"cost_usd":0.00007}')),
  )
  expect(response.headers.get('request-id')).toBe(response.headers.get('x-callmissed-request-id'))
  const record = await gateway.record()
  expect(record).toMatchObject({
    endpoint: 'messages',
    stream: false,
    outcome: 'ok',
    status: 200,
    usageSource: 'vendor',
    finishReason: 'stop',
    model: 'claude-x',
    costPicoUsd: 70_000_000n,
    usage: { inputTokens: 30, cachedInputTokens: 20, outputTokens: 4 },
    shape: { messages: 1, maxTokens: 100 },
  })
})

test('a stream comes back byte for byte, with its cost in message_delta', async () => {
  const steps = claude(['Hé', ' 😀'])
  const { text } = await post(steps, { ...ASK, stream: true })
  const cost = ',"cost_usd":0.00005}}'
  expect(text).toBe(
    bodyOf(steps).toString().replace('"usage":{"output_tokens":2}}', `"usage":{"output_tokens":2${cost}`),
  )
  expect(await gateway.record()).toMatchObject({
    stream: true,
    outcome: 'ok',
    usageSource: 'vendor',
    costPicoUsd: 50_000_000n,
    usage: { inputTokens: 30, cachedInputTokens: 20, outputTokens: 2 },
  })
})

test('a turn that the vendor paused for its own tools is the caller’s to go on with, each call billed', async () => {
  const tools = [{ type: 'web_fetch_20250910', name: 'web_fetch' }]
  const paused = {
    ...MESSAGE,
    content: [
      { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_fetch', input: { url: 'https://a.example' } },
    ],
    stop_reason: 'pause_turn',
  }
  const { text } = await post([JSON_HEAD, { text: JSON.stringify(paused) }], { ...ASK, tools })
  const { content, stop_reason: reason } = JSON.parse(text) as typeof paused
  expect([content, reason]).toEqual([paused.content, 'pause_turn'])
  const next = { ...ASK, tools, messages: [...ASK.messages, { role: 'assistant', content }] }
  expect(JSON.parse((await post([JSON_HEAD, { text: JSON.stringify(MESSAGE) }], next)).text)).toMatchObject({
    stop_reason: 'end_turn',
  })
  expect(JSON.parse((await vendor.calls())[1]!.body!.toString())).toEqual({ ...next, model: 'm-2026-01' })
  await gateway.record(2)
  expect(gateway.records.map(({ outcome, costPicoUsd }) => [outcome, costPicoUsd])).toEqual([
    ['ok', 70_000_000n],
    ['ok', 70_000_000n],
  ])
})

test('figures that cannot be are not told: what was counted is, in the same terms', async () => {
  const { text } = await post(claude(['one', ' two'], { output_tokens: -4 }), { ...ASK, stream: true })
  const usage = eventsIn(text).at(-2)?.usage as Record<string, number>
  const record = await gateway.record()
  expect(record.usageSource).toBe('tokenizer')
  expect(usage.output_tokens).toBe(record.usage!.outputTokens)
  expect(BigInt(Math.round(usage.cost_usd! * 1e12))).toBe(record.costPicoUsd)
})

test('a stream that breaks off ends in an event of Anthropic’s, billed by the prompt’s own figures', async () => {
  const { text } = await post([...claude(['one ', 'two']).slice(0, -3), { close: true }], {
    ...ASK,
    stream: true,
  })
  const last = eventsIn(text).at(-1)
  expect(last).toMatchObject({
    type: 'error',
    error: { type: 'api_error', details: { error_code: 'upstream_error' } },
  })
  expect(text).not.toContain('[DONE]')
  const record = await gateway.record()
  expect(record).toMatchObject({ outcome: 'error', usageSource: 'mixed', errorCode: 'upstream_error' })
  expect(record.usage).toMatchObject({ inputTokens: 30, cachedInputTokens: 20 })
  expect(record.usage!.outputTokens).toBeGreaterThan(0)
})

test('an error in place of the first event has a status of its own', async () => {
  const error = say({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
  const { response, text } = await post([SSE, error], { ...ASK, stream: true })
  expect(response.status).toBe(503)
  expect(JSON.parse(text)).toMatchObject({
    type: 'error',
    error: { type: 'overloaded_error', details: { error_code: 'upstream_unavailable' } },
    request_id: response.headers.get('request-id'),
  })
})

test('a refusal of the vendor keeps its status and its text', async () => {
  const refusal = {
    type: 'error',
    error: { type: 'invalid_request_error', message: 'prompt is too long: 2 tokens > 1 maximum' },
  }
  const steps: Step[] = [
    { status: 400, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify(refusal) },
  ]
  const { response, text } = await post(steps)
  expect(response.status).toBe(400)
  expect(JSON.parse(text).error).toEqual({
    type: 'invalid_request_error',
    message: refusal.error.message,
    details: { error_code: 'context_length_exceeded' },
  })
  expect(await gateway.record()).toMatchObject({ outcome: 'error', costPicoUsd: 0n })
})

test('a caller who leaves is one record, billed by what the vendor had told', async () => {
  const steps = [...claude(['one ', 'two ']).slice(0, 6), { stall: true as const }]
  await vendor.script('m-2026-01', steps)
  const leaving = new AbortController()
  const response = await postMessages(gateway, { ...ASK, stream: true }, {}, { signal: leaving.signal })
  const reader = response.body!.getReader()
  await reader.read()
  leaving.abort()
  const [call] = await vendor.calls()
  await vendor.waitForClosed(call!.id)
  const record = await gateway.record()
  expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'mixed', status: 200 })
  expect(record.usage).toMatchObject({ inputTokens: 30, cachedInputTokens: 20 })
  expect(gateway.records).toHaveLength(1)
})
