import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { UsageRecord } from '../../src/usage/record'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Bill, Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, ASK_USAGE, chunksOf } from './stream-text'

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

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const MONEY = { input: 2_500_000n, cached: 250_000n, output: 10_000_000n }

/** What the vendor's own bill comes to at the tests' price, in pico-dollars. */
function costOf(bill: Bill): bigint {
  const { inputTokens, cachedInputTokens, outputTokens } = bill
  return (
    BigInt(inputTokens - cachedInputTokens) * MONEY.input +
    BigInt(cachedInputTokens) * MONEY.cached +
    BigInt(outputTokens) * MONEY.output
  )
}

async function ask(
  steps: Step[] | undefined,
  body: object,
): Promise<{ response: Response; text: string; record: UsageRecord }> {
  if (steps) await vendor.script('m-2026-01', steps)
  const response = await gateway.chat(body)
  return { response, text: await response.text(), record: await gateway.record() }
}

const BILLS: Partial<Bill>[] = [
  { inputTokens: 812, cachedInputTokens: 512, outputTokens: 64, reasoningTokens: 0 },
  { inputTokens: 1, outputTokens: 1 },
  { inputTokens: 100_000, cachedInputTokens: 99_999, outputTokens: 16_384, reasoningTokens: 16_000 },
  { inputTokens: 0, outputTokens: 0 },
]
for (const usage of BILLS)
  for (const stream of [true, false])
    test(`ok: the record agrees with the vendor’s own bill in every field (${stream ? 'stream' : 'unary'}, ${usage.inputTokens} in)`, async () => {
      const before = Date.now()
      const body = {
        ...ASK_USAGE,
        stream,
        ...(!stream && { stream_options: null }),
        max_tokens: 256,
        temperature: 0.2,
        tools: [{ type: 'function', function: { name: 'f' } }],
      }
      const { response, text, record } = await ask(chat({ stream, usage, finish: 'length' }), body)
      const [bill] = await vendor.bill('m-2026-01')
      expect(record).toEqual({
        requestId: response.headers.get('x-request-id')!,
        tenantId: gateway.caller.tenantId,
        keyId: gateway.caller.keyId,
        createdAt: expect.any(Number),
        endpoint: 'chat.completions',
        stream,
        modelRequested: 'm',
        model: 'scripted-2026-01',
        vendor: 'acme',
        shape: {
          messages: 1,
          tools: 1,
          images: 0,
          audio: 0,
          requestBytes: JSON.stringify(body).length,
          maxTokens: 256,
          temperature: 0.2,
        },
        status: 200,
        outcome: 'ok',
        errorCode: null,
        finishReason: 'length',
        usage: expect.objectContaining({
          inputTokens: bill!.inputTokens,
          cachedInputTokens: bill!.cachedInputTokens,
          cacheWriteTokens: 0,
          outputTokens: bill!.outputTokens,
          reasoningTokens: bill!.reasoningTokens,
        }),
        usageSource: 'vendor',
        rawUsage: expect.objectContaining({ prompt_tokens: bill!.inputTokens }),
        costPicoUsd: costOf(bill!),
        priceVersion: expect.stringMatching(/^\S+$/),
        ttftMs: stream ? expect.any(Number) : null,
        durationMs: expect.any(Number),
        overheadMs: expect.any(Number),
        attempts: [
          {
            vendor: 'acme',
            model: 'm-2026-01',
            status: 200,
            durationMs: expect.any(Number),
            vendorRequestId: bill!.id,
          },
        ],
      })
      expect(record.requestId).toMatch(UUID_V7)
      expect(record.createdAt).toBeGreaterThanOrEqual(before)
      expect(record.createdAt).toBeLessThanOrEqual(Date.now())
      const told = stream ? chunksOf(text).at(-1)?.usage : JSON.parse(text).usage
      expect(told.cost_usd).toBe(Number(costOf(bill!)) / 1e12)
    })

test('the times of a record add up', async () => {
  const { record } = await ask(chat({ tokens: 5, firstMs: 80, paceMs: 20 }), ASK)
  expect(record.ttftMs!).toBeGreaterThanOrEqual(95)
  expect(record.ttftMs!).toBeLessThan(record.durationMs)
  expect(record.durationMs).toBeGreaterThanOrEqual(175)
  expect(record.attempts[0]!.durationMs).toBeLessThanOrEqual(record.durationMs)
  expect(record.overheadMs).toBeCloseTo(record.durationMs - record.attempts[0]!.durationMs, 3)
  expect(record.overheadMs).toBeLessThanOrEqual(record.durationMs - 175)
})

test('the shape counts what a request holds, and never keeps it', async () => {
  const part = (type: string) => ({ type, [type]: { url: 'data:image/png;base64,AAAA' } })
  const content = [{ type: 'text', text: 'Hi' }, part('image_url'), part('image_url'), part('input_audio')]
  const messages = [
    { role: 'system', content: 'x' },
    { role: 'user', content },
  ]
  const { record } = await ask(undefined, {
    model: 'm',
    messages,
    max_tokens: 9,
    max_completion_tokens: 7,
    temperature: 1,
  })
  expect(record.shape).toMatchObject({
    messages: 2,
    tools: 0,
    images: 2,
    audio: 1,
    maxTokens: 7,
    temperature: 1,
  })
})

const REJECTED: [case_: string, body: string, code: string, status: number, requested: string | null][] = [
  ['an unknown model', JSON.stringify({ ...ASK, model: 'nope' }), 'model_not_found', 404, 'nope'],
  ['bad JSON', '{"model":"m",', 'invalid_json', 400, null],
  ['a wrong type', JSON.stringify({ ...ASK, n: 'two' }), 'invalid_type', 400, null],
]
for (const [case_, body, errorCode, status, modelRequested] of REJECTED)
  test(`rejected: ${case_} leaves a record that costs nothing`, async () => {
    const response = await gateway.chat(body)
    expect(response.status).toBe(status)
    expect(await gateway.record()).toEqual({
      requestId: response.headers.get('x-request-id')!,
      tenantId: gateway.caller.tenantId,
      keyId: gateway.caller.keyId,
      createdAt: expect.any(Number),
      endpoint: 'chat.completions',
      stream: modelRequested !== null,
      modelRequested,
      model: null,
      vendor: null,
      shape: expect.objectContaining({ requestBytes: body.length }),
      status,
      outcome: 'rejected',
      errorCode,
      finishReason: null,
      usage: null,
      usageSource: null,
      costPicoUsd: 0n,
      priceVersion: null,
      ttftMs: null,
      durationMs: expect.any(Number),
      overheadMs: expect.any(Number),
      attempts: [],
    })
    expect(await vendor.calls()).toHaveLength(0)
  })

test('a request with no key of ours leaves no record, and is counted', async () => {
  const before = gateway.strangers()
  const wrong = gateway.key.slice(0, -1) + (gateway.key.endsWith('x') ? 'y' : 'x')
  for (const authorization of ['', 'Bearer nonsense', `Bearer ${wrong}`])
    expect((await gateway.chat(ASK, { headers: { authorization } })).status).toBe(401)
  await Bun.sleep(20)
  expect(gateway.records).toHaveLength(0)
  expect(gateway.strangers() - before).toBe(3)
})

test('error: a refused request names the vendor, the attempt and its id, and costs nothing', async () => {
  const error = { message: 'no', type: 'x', param: null, code: 'bad' }
  const { record } = await ask(
    [{ status: 400, headers: { 'content-type': 'application/json' } }, { text: JSON.stringify({ error }) }],
    ASK,
  )
  const [call] = await vendor.calls()
  expect(record).toMatchObject({
    outcome: 'error',
    status: 400,
    errorCode: 'bad',
    vendor: 'acme',
    model: 'm-2026-01',
    usage: null,
    costPicoUsd: 0n,
    attempts: [{ status: 400, vendorRequestId: call!.id }],
  })
})

test('what a vendor says at length is not kept at length', async () => {
  const error = { message: 'no', type: 'x', param: null, code: 'b'.repeat(50_000) }
  const headers = { 'content-type': 'application/json', 'x-request-id': 'i'.repeat(10_000) }
  const { record } = await ask([{ status: 400, headers }, { text: JSON.stringify({ error }) }], ASK)
  expect([record.errorCode, record.attempts[0]?.vendorRequestId]).toEqual(['b'.repeat(256), 'i'.repeat(256)])
})

test('a hundred requests at once leave a hundred records that sum to the vendor’s bill', async () => {
  const asks = Array.from({ length: 100 }, (_, index) =>
    gateway.chat({
      ...ASK_USAGE,
      x_tokens: 1 + (index % 7),
      x_seed: index,
      stream: index % 2 === 0,
      ...(index % 2 === 1 && { stream_options: null }),
    }),
  )
  const texts = await Promise.all(asks.map(async asking => (await asking).text()))
  expect(texts.every(text => text.includes('"cost_usd":'))).toBe(true)
  await gateway.record(100)
  const bills = await vendor.bill('m-2026-01')
  const total = (costs: bigint[]) => costs.reduce((sum, cost) => sum + cost, 0n)
  expect(total(gateway.records.map(({ costPicoUsd }) => costPicoUsd))).toBe(total(bills.map(costOf)))
  expect(new Set(gateway.records.map(({ requestId }) => requestId)).size).toBe(100)
  expect(gateway.limits.inFlight).toBe(0)
})
