import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { priceOf } from '../catalog/price-of'
import { embeddings } from '../vendor/embeddings'
import { refusal, type Scripted, startScripted, UPSTREAM } from './scripted'

let sdk: Scripted
beforeAll(async () => {
  const model = { endpoints: ['embeddings' as const], price: priceOf({ input: '0.02' }) }
  sdk = await startScripted({ model })
})
afterAll(() => sdk.stop())
afterEach(() => sdk.vendor.clear())

const VECTORS = [
  [0.5, -0.25, 0.125],
  [1, 0, -1.5],
]
const ASK = { model: 'm', input: ['a', 'b'] }
const failure = (body: OpenAI.EmbeddingCreateParams, signal?: AbortSignal) =>
  sdk.openai.embeddings.create(body, { signal }).then(
    () => undefined,
    error => error,
  )

for (const as of ['base64', 'float'] as const)
  test(`wire 95: vectors of a vendor that answers ${as} are whole without being asked for in a format`, async () => {
    await sdk.vendor.script(UPSTREAM, embeddings({ as, vectors: VECTORS }))
    const { data, model, usage } = await sdk.openai.embeddings.create(ASK)
    expect(data.map(({ embedding }) => [...embedding])).toEqual(VECTORS)
    expect(model).toBe('scripted-2026-01')
    expect(usage as object).toEqual({ prompt_tokens: 12, total_tokens: 12, cost_usd: 0.00000024 })
    const [call] = await sdk.vendor.calls()
    expect(JSON.parse(call!.body!.toString())).toEqual({ ...ASK, model: UPSTREAM, encoding_format: 'base64' })
  })

test('floats that were asked for are floats, and every parameter reaches the vendor', async () => {
  await sdk.vendor.script(UPSTREAM, embeddings({ as: 'float', vectors: VECTORS }))
  const more = { encoding_format: 'float' as const, dimensions: 3, user: 'me' }
  const { data } = await sdk.openai.embeddings.create({ ...ASK, ...more })
  expect(data.map(({ embedding }) => embedding)).toEqual(VECTORS)
  const [call] = await sdk.vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toEqual({ ...ASK, ...more, model: UPSTREAM })
})

test('asResponse and withResponse have the request id of the record', async () => {
  await sdk.vendor.script(UPSTREAM, embeddings())
  const before = sdk.gateway.records.length
  const { request_id } = await sdk.openai.embeddings.create(ASK).withResponse()
  expect(request_id).toBe((await sdk.gateway.record(before + 1)).requestId)
  const raw = await sdk.openai.embeddings.create(ASK).asResponse()
  expect(raw.headers.get('content-type')).toBe('application/json')
})

test('errors are the classes that the SDK has for them', async () => {
  await sdk.vendor.script(UPSTREAM, refusal(429, {}))
  expect(await failure(ASK)).toBeInstanceOf(OpenAI.RateLimitError)
  expect(await failure({ ...ASK, input: [] })).toBeInstanceOf(OpenAI.BadRequestError)
  expect(await failure({ ...ASK, model: 'none' })).toBeInstanceOf(OpenAI.NotFoundError)
})

test('an aborted call closes the vendor and is recorded once', async () => {
  await sdk.gateway.forgetRecords()
  await sdk.vendor.script(UPSTREAM, [{ stall: true }])
  const controller = new AbortController()
  const asking = failure(ASK, controller.signal)
  const { id } = await sdk.vendor.waitForCall(UPSTREAM)
  controller.abort()
  expect(await asking).toBeInstanceOf(OpenAI.APIUserAbortError)
  await sdk.vendor.waitForClosed(id)
  expect(await sdk.gateway.record()).toMatchObject({ outcome: 'cancelled', endpoint: 'embeddings' })
})
