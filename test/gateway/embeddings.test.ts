import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { toScopes } from '../../src/auth/scope'
import { anyCaller } from '../auth/any-caller'
import { base64Of, embeddings } from '../vendor/embeddings'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

let served: Served
beforeAll(async () => {
  served = await startEndpoint(['embeddings'], { input: '0.02' }, { model: { contextWindow: 1000 } })
})
afterAll(() => served.stop())
afterEach(async () => {
  await served.gateway.forgetRecords()
  await served.vendor.clear()
})

const ASK = { model: 'm', input: 'Hi', encoding_format: 'base64' }
/** $0.02 a million: pico-dollars of a token. */
const TOKEN = 20_000n

async function ask(body: unknown, steps = embeddings()) {
  await served.vendor.script('m-2026-01', steps)
  const response = await served.post('embeddings', body)
  return { response, text: await response.text(), record: await served.gateway.record() }
}

test('the request reaches the vendor as it was written, the model renamed', async () => {
  const body = '{ "input":["a", "b"],"x_big":12345678901234567890 ,"model": "m", "dimensions": 3 }'
  await ask(body)
  const [call] = await served.vendor.calls()
  expect(call!.body!.toString()).toBe(body.replace('"m"', '"m-2026-01"'))
  expect(call!.path).toBe('/v1/embeddings')
})

test('wire 94, 97: texts, lists of texts, tokens and lists of those reach the vendor, and each has its place', async () => {
  for (const input of ['Hi', ['a', 'b'], [1, 2, 3], [[1], [2, 3]], '', Array(2048).fill('x')]) {
    await served.gateway.forgetRecords()
    await served.vendor.clear()
    const count = Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1
    const vectors = Array.from({ length: count }, (_, at) => [at])
    const { response, text } = await ask({ model: 'm', input }, embeddings({ as: 'float', vectors }))
    expect(response.status).toBe(200)
    const { object, data } = JSON.parse(text)
    expect(object).toBe('list')
    expect(data.map(({ index }: { index: number }) => index)).toEqual([...vectors.keys()])
    const [call] = await served.vendor.calls()
    expect(JSON.parse(call!.body!.toString()).input).toEqual(input)
  }
})

test('the answer comes back as it is, with what it cost; the record agrees with the vendor’s bill', async () => {
  const { response, text, record } = await ask({ ...ASK, input: ['a', 'b'] })
  const [bill] = await served.vendor.bill()
  const sent = embeddings()[1] as { text: string }
  expect(text).toBe(sent.text.replace('"total_tokens":12}', '"total_tokens":12,"cost_usd":0.00000024}'))
  expect(response.headers.get('x-request-id')).toBe(record.requestId)
  expect(response.headers.get('x-callmissed-cost-usd')).toBeNull()
  expect(record).toMatchObject({
    endpoint: 'embeddings',
    stream: false,
    modelRequested: 'm',
    model: 'scripted-2026-01',
    vendor: 'acme',
    outcome: 'ok',
    status: 200,
    finishReason: null,
    usage: { inputTokens: bill!.inputTokens, outputTokens: 0 },
    usageSource: 'vendor',
    costPicoUsd: BigInt(bill!.inputTokens) * TOKEN,
    shape: { messages: 0, images: 0, audio: 0, maxTokens: null },
  })
  expect(record.shape.requestBytes).toBe(JSON.stringify({ ...ASK, input: ['a', 'b'] }).length)
  expect(record.attempts).toMatchObject([{ status: 200, vendorRequestId: bill!.id }])
})

const VECTORS = [[0.5, -0.25], [3]]
for (const [asked, as, expected] of [
  ['base64', 'float', VECTORS.map(base64Of)],
  ['base64', 'base64', VECTORS.map(base64Of)],
  ['float', 'float', VECTORS],
  [undefined, 'float', VECTORS],
  [null, 'float', VECTORS],
] as const)
  test(`asked for ${asked}, a vendor that answers ${as} gives what was asked`, async () => {
    const { text } = await ask({ ...ASK, encoding_format: asked }, embeddings({ as, vectors: VECTORS }))
    const { data, usage } = JSON.parse(text)
    expect(data.map(({ embedding }: { embedding: unknown }) => embedding)).toEqual(expected)
    expect(data.map(({ index }: { index: number }) => index)).toEqual([0, 1])
    expect(usage).toEqual({ prompt_tokens: 12, total_tokens: 12, cost_usd: 0.00000024 })
  })

for (const [case_, usage, tokens] of [
  ['absent', null, 2],
  ['negative', { prompt_tokens: -5, total_tokens: -5 }, 2],
  ['no sum', { prompt_tokens: 5, total_tokens: 7 }, 2],
  ['beyond the context', { prompt_tokens: 5000, total_tokens: 5000 }, 2],
] as const)
  test(`usage that is ${case_} is counted instead`, async () => {
    const { response, text, record } = await ask(
      { model: 'm', input: 'hello world' },
      embeddings({ usage, as: 'float' }),
    )
    expect(record).toMatchObject({
      usage: { inputTokens: tokens, outputTokens: 0 },
      usageSource: 'tokenizer',
      costPicoUsd: BigInt(tokens) * TOKEN,
    })
    const told = JSON.parse(text).usage
    if (usage) expect(told).toEqual({ prompt_tokens: 2, total_tokens: 2, cost_usd: 0.00000004 })
    else expect(told).toBeUndefined()
    expect(response.headers.get('x-callmissed-cost-usd')).toBe(usage ? null : '0.00000004')
  })

test('tokens are counted as what they are, and each input may fill the context', async () => {
  const tokens = await ask({ model: 'm', input: [1, 2, 3] }, embeddings({ usage: null, as: 'float' }))
  expect(tokens.record.usage).toMatchObject({ inputTokens: 3 })
  await served.gateway.forgetRecords()
  const usage = { prompt_tokens: 1800, total_tokens: 1800 }
  const { record } = await ask({ model: 'm', input: ['a', 'b'] }, embeddings({ usage, as: 'float' }))
  expect(record).toMatchObject({ usage: { inputTokens: 1800 }, usageSource: 'vendor' })
})

for (const [body, status, code, param] of [
  [{ input: 'x' }, 400, 'missing_required_parameter', 'model'],
  [{ model: 'm' }, 400, 'missing_required_parameter', 'input'],
  [{ model: 'm', input: null }, 400, 'missing_required_parameter', 'input'],
  [{ model: 'm', input: [] }, 400, 'empty_array', 'input'],
  [{ model: 'm', input: 5 }, 400, 'invalid_type', 'input'],
  [{ model: 'm', input: { a: 1 } }, 400, 'invalid_type', 'input'],
  [{ model: 'm', input: [{}] }, 400, 'invalid_type', 'input'],
  [{ model: 'm', input: 'x', encoding_format: 'hex' }, 400, 'invalid_value', 'encoding_format'],
  [{ model: 'm', input: 'x', encoding_format: 1 }, 400, 'invalid_type', 'encoding_format'],
  [{ model: 1, input: 'x' }, 400, 'invalid_type', 'model'],
  [{ model: 'none', input: 'x' }, 404, 'model_not_found', null],
  [{ model: 'm', input: 'x', api_base: 'http://evil' }, 400, 'unknown_parameter', 'api_base'],
  ['{"model":"m","input":"x","model":"m"}', 400, 'duplicate_key', 'model'],
  ['{"model":"m"', 400, 'invalid_json', null],
] as const)
  test(`${JSON.stringify(body)} is ${code} and reaches no vendor`, async () => {
    const response = await served.post('embeddings', body)
    expect(await refusalOf(response)).toMatchObject({ status, code, param })
    expect(await served.gateway.record()).toMatchObject({
      endpoint: 'embeddings',
      outcome: 'rejected',
      status,
      errorCode: code,
      costPicoUsd: 0n,
    })
    expect(await served.vendor.calls()).toHaveLength(0)
  })

test('a key without the scope may not embed, and one with it may not chat', async () => {
  const keys = (['llm', 'embeddings'] as const).map(scope => {
    const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
    served.gateway.keyring.put(anyCaller(key, { scopes: toScopes([scope]) }))
    return { authorization: `Bearer ${key}` }
  })
  const [llm, embedding] = keys
  expect(await refusalOf(await served.post('embeddings', ASK, { headers: llm! }))).toMatchObject({
    status: 403,
    code: 'scope_not_allowed',
  })
  await served.vendor.script('m-2026-01', embeddings())
  expect((await served.post('embeddings', ASK, { headers: embedding! })).status).toBe(200)
  const chat = await served.post('chat/completions', ASK, { headers: embedding! })
  expect(await refusalOf(chat)).toMatchObject({ status: 403, code: 'scope_not_allowed' })
})

test('a vendor’s refusal is the caller’s, and costs nothing', async () => {
  const error = { message: "'$.input' is invalid.", type: 'invalid_request_error', param: null, code: null }
  const { text, response, record } = await ask(ASK, [
    { status: 400, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify({ error }) },
  ])
  expect(response.status).toBe(400)
  expect(JSON.parse(text)).toEqual({ error })
  expect(record).toMatchObject({ outcome: 'error', status: 400, usage: null, costPicoUsd: 0n })
})

for (const [case_, body] of [
  ['no embeddings', '{"object":"list"}'],
  ['no JSON', 'Oops'],
] as const)
  test(`a 200 that holds ${case_} is an error of the vendor`, async () => {
    const { response } = await ask(ASK, [
      { status: 200, headers: { 'content-type': 'application/json' } },
      { text: body },
    ])
    expect(response.status).toBe(502)
  })

test('a chat model is not to be had here', async () => {
  const chat = await startEndpoint(['chat.completions'], { input: '1' })
  const found = await refusalOf(await chat.post('embeddings', ASK))
  expect(found).toMatchObject({ status: 404, code: 'model_not_found' })
  expect(found.message).toContain('is not served by embeddings, but by ')
  await chat.stop()
})

test('a caller who leaves is billed the prompt, once, and its vendor is closed', async () => {
  await served.vendor.script('m-2026-01', [{ stall: true }])
  const controller = new AbortController()
  const asking = served.post('embeddings', { ...ASK, input: 'hello world' }, { signal: controller.signal })
  const call = await served.vendor.waitForCall('m-2026-01')
  controller.abort()
  expect(asking).rejects.toThrow()
  await served.vendor.waitForClosed(call.id)
  expect(await served.gateway.record()).toMatchObject({
    outcome: 'cancelled',
    status: 499,
    usage: { inputTokens: 2 },
    usageSource: 'tokenizer',
    costPicoUsd: 2n * TOKEN,
  })
})
