import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { toScopes } from '../../src/auth/scope'
import { anyCaller } from '../auth/any-caller'
import { priceOf } from '../catalog/price-of'
import type { Step } from '../vendor/step'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

const PATH = 'moderations'
const ASK = { model: 'm', input: 'hello world' }
const RESULTS = {
  id: 'modr-1',
  model: 'omni-2024',
  results: [{ flagged: false, categories: {}, category_scores: {} }],
}

let free: Served
let byRequest: Served
let byTokens: Served
beforeAll(async () => {
  free = await startEndpoint(
    ['moderations'],
    { input: '0' },
    { models: ['m', 'omni-moderation-latest'], deployment: 'm-2026-01' },
  )
  byRequest = await startEndpoint(['moderations'], { request: '0.001' })
  byTokens = await startEndpoint(
    ['moderations'],
    { input: '1' },
    { model: { price: priceOf({ input: '1' }) } },
  )
})
afterAll(async () => {
  for (const each of [free, byRequest, byTokens]) await each.stop()
})
afterEach(async () => {
  for (const each of [free, byRequest, byTokens]) {
    await each.gateway.forgetRecords()
    await each.vendor.clear()
  }
})

async function moderate(body: unknown = ASK, { gateway, vendor, post } = free, answer: object = RESULTS) {
  const steps: [Step, Step] = [
    { status: 200, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify(answer) },
  ]
  await vendor.script('m-2026-01', steps)
  const response = await post(PATH, body)
  return { response, text: await response.text(), record: await gateway.record() }
}

test('a free moderation passes, costs nothing and says so', async () => {
  const { response, text, record } = await moderate()
  expect(JSON.parse(text)).toEqual(RESULTS)
  expect(response.headers.get('x-callmissed-cost-usd')).toBe('0')
  expect(record).toMatchObject({
    endpoint: 'moderations',
    outcome: 'ok',
    model: 'omni-2024',
    usage: { inputTokens: 0, outputTokens: 0 },
    usageSource: 'vendor',
    costPicoUsd: 0n,
  })
})

test('one that is sold by the request costs one', async () => {
  const { response, record } = await moderate(ASK, byRequest)
  expect(response.headers.get('x-callmissed-cost-usd')).toBe('0.001')
  expect(record).toMatchObject({ usageSource: 'vendor', costPicoUsd: 1_000_000_000n })
})

test('one that is sold by tokens costs what its vendor tells, or what is counted', async () => {
  const counted = await moderate({ ...ASK, input: ['hello world', 'hello'] }, byTokens)
  expect(counted.record).toMatchObject({
    usage: { inputTokens: 3 },
    usageSource: 'tokenizer',
    costPicoUsd: 3_000_000n,
  })
  await byTokens.gateway.forgetRecords()
  const usage = { prompt_tokens: 7, total_tokens: 7 }
  const told = await moderate(ASK, byTokens, { ...RESULTS, usage })
  expect(told.record).toMatchObject({ usage: { inputTokens: 7 }, usageSource: 'vendor' })
  expect(JSON.parse(told.text).usage).toEqual({ ...usage, cost_usd: 0.000007 })
})

test('pictures are counted in the shape, and reach the vendor as they are', async () => {
  const input = [
    { type: 'text', text: 'hello' },
    { type: 'image_url', image_url: { url: 'https://example.com/a.png' } },
  ]
  const { record } = await moderate({ ...ASK, input })
  expect(record.shape).toMatchObject({ images: 1, audio: 0, messages: 0 })
  const [call] = await free.vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toEqual({ model: 'm-2026-01', input })
})

test('a request that names no model is for OpenAI’s own', async () => {
  const { record, response } = await moderate({ input: 'x' })
  expect(response.status).toBe(200)
  expect(record.modelRequested).toBe('omni-moderation-latest')
  const [call] = await free.vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toEqual({ input: 'x', model: 'm-2026-01' })
})

for (const [body, code, param] of [
  [{ model: 'm' }, 'missing_required_parameter', 'input'],
  [{ model: 'm', input: null }, 'missing_required_parameter', 'input'],
  [{ model: 'm', input: [] }, 'empty_array', 'input'],
  [{ model: 'm', input: 7 }, 'invalid_type', 'input'],
  [{ model: 'm', input: {} }, 'invalid_type', 'input'],
  [{ model: 7, input: 'x' }, 'invalid_type', 'model'],
] as const)
  test(`${JSON.stringify(body)} is ${code}`, async () => {
    expect(await refusalOf(await free.post(PATH, body))).toMatchObject({ status: 400, code, param })
    expect(await free.vendor.calls()).toHaveLength(0)
  })

test('a key needs the scope moderations', async () => {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  free.gateway.keyring.put(anyCaller(key, { scopes: toScopes(['llm']) }))
  const response = await free.post(PATH, ASK, { headers: { authorization: `Bearer ${key}` } })
  expect(await refusalOf(response)).toMatchObject({ status: 403, code: 'scope_not_allowed' })
})

test('a 200 without results is an error of the vendor', async () => {
  expect((await moderate(ASK, free, { id: 'x' })).response.status).toBe(502)
})
