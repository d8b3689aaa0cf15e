import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { priceOf } from '../catalog/price-of'
import type { Bill, Step } from '../vendor/step'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

const PATH = 'images/generations'
const ASK = { model: 'm', prompt: 'hello world' }
const PICTURE = Buffer.from('a picture').toString('base64')
/** $5, $8 and $32 a million tokens. */
const price = priceOf({ input: '5', image_input: '8', output: '10', image_output: '32' })

let byTokens: Served
let byImage: Served
beforeAll(async () => {
  byTokens = await startEndpoint(['images.generations'], { input: '1' }, { model: { price } })
  byImage = await startEndpoint(['images.generations'], { image: '0.04' })
})
afterAll(async () => {
  await byTokens.stop()
  await byImage.stop()
})
afterEach(async () => {
  for (const each of [byTokens, byImage]) {
    await each.gateway.forgetRecords()
    await each.vendor.clear()
  }
})

const USAGE = {
  input_tokens: 13,
  input_tokens_details: { text_tokens: 10, image_tokens: 3 },
  output_tokens: 1056,
  total_tokens: 1069,
}
const BILL = { inputTokens: 13, outputTokens: 1056 }

function pictures(count: number, usage: object | null, bill: Partial<Bill> = {}): Step[] {
  const data = Array.from({ length: count }, () => ({ b64_json: PICTURE }))
  const body = { created: 1_780_000_000, data, ...(usage && { usage }) }
  return [
    { status: 200, headers: { 'content-type': 'application/json' }, framing: 'length' },
    { text: JSON.stringify(body), bill: { images: count, ...bill } },
  ]
}

async function draw(steps: Step[], body: unknown = ASK, { gateway, vendor, post } = byTokens) {
  await vendor.script('m-2026-01', steps)
  const response = await post(PATH, body)
  return { response, text: await response.text(), record: await gateway.record() }
}

test('tokens are priced by what they are, and the pictures counted', async () => {
  const { text, record, response } = await draw(pictures(1, USAGE, BILL))
  expect(JSON.parse(text)).toEqual({
    created: 1_780_000_000,
    data: [{ b64_json: PICTURE }],
    usage: { ...USAGE, cost_usd: 0.033866 },
  })
  expect(response.headers.get('x-callmissed-cost-usd')).toBeNull()
  const [bill] = await byTokens.vendor.bill()
  expect(record).toMatchObject({
    endpoint: 'images.generations',
    outcome: 'ok',
    usage: {
      inputTokens: bill!.inputTokens,
      imageInputTokens: 3,
      outputTokens: bill!.outputTokens,
      imageOutputTokens: bill!.outputTokens,
      images: bill!.images!,
    },
    usageSource: 'vendor',
    // 10 × 5 + 3 × 8 + 1056 × 32 micro-dollars.
    costPicoUsd: 33_866_000_000n,
    shape: { images: 0, audio: 0 },
  })
})

test('pictures are priced one by one, told in a header where there is no usage', async () => {
  const { text, record, response } = await draw(pictures(3, null), { ...ASK, n: 3 }, byImage)
  expect(JSON.parse(text).usage).toBeUndefined()
  expect(response.headers.get('x-callmissed-cost-usd')).toBe('0.12')
  expect(record).toMatchObject({
    usage: { images: 3, inputTokens: 0 },
    usageSource: 'vendor',
    costPicoUsd: 120_000_000_000n,
  })
  const [call] = await byImage.vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toEqual({ ...ASK, n: 3, model: 'm-2026-01' })
})

test('what came is billed, not what was asked for', async () => {
  const { record } = await draw(pictures(2, null), { ...ASK, n: 4 }, byImage)
  expect(record).toMatchObject({ usage: { images: 2 }, costPicoUsd: 80_000_000_000n })
})

test('usage that is absent or cannot be is an estimate, and never free', async () => {
  for (const usage of [null, { ...USAGE, output_tokens: -5 }, { ...USAGE, total_tokens: 3 }]) {
    await byTokens.gateway.forgetRecords()
    const { record, text } = await draw(pictures(2, usage), { ...ASK, n: 2 })
    expect(record).toMatchObject({
      usage: { inputTokens: 2, outputTokens: 2112, images: 2 },
      usageSource: 'estimated',
      costPicoUsd: 2n * 5_000_000n + 2112n * 32_000_000n,
    })
    if (usage) expect(JSON.parse(text).usage).toMatchObject({ input_tokens: 2, output_tokens: 2112 })
  }
})

const event = (data: object, more: object = {}) =>
  ({ chunk: `event: ${(data as { type: string }).type}\ndata: ${JSON.stringify(data)}`, ...more }) as Step
const HEAD: Step = { status: 200, headers: { 'content-type': 'text/event-stream' } }
const LARGE = 'A'.repeat(3_000_000)

test('a stream has its partial pictures, large ones too, and its cost with the last', async () => {
  const { text, record, response } = await draw(
    [
      HEAD,
      event({ type: 'image_generation.partial_image', partial_image_index: 0, b64_json: LARGE }),
      event({ type: 'image_generation.completed', b64_json: PICTURE, usage: USAGE }, { bill: BILL }),
    ],
    { ...ASK, stream: true, partial_images: 1 },
  )
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const events = text.trim().split('\n\n')
  expect(events).toHaveLength(3)
  expect(events[0]).toContain(LARGE)
  expect(events[1]).toStartWith('event: image_generation.completed\ndata: {')
  expect(JSON.parse(events[1]!.split('data: ')[1]!)).toEqual({
    type: 'image_generation.completed',
    b64_json: PICTURE,
    usage: { ...USAGE, cost_usd: 0.033866 },
  })
  expect(events[2]).toBe('data: [DONE]')
  expect(record).toMatchObject({
    stream: true,
    usage: { inputTokens: 13, outputTokens: 1056, images: 1 },
    usageSource: 'vendor',
    costPicoUsd: 33_866_000_000n,
  })
})

test('two pictures of a stream are both billed', async () => {
  const completed = { type: 'image_generation.completed', b64_json: PICTURE, usage: USAGE }
  const { record } = await draw([HEAD, event(completed), event(completed)], { ...ASK, stream: true, n: 2 })
  expect(record).toMatchObject({
    outcome: 'ok',
    usage: { inputTokens: 26, outputTokens: 2112, images: 2 },
    costPicoUsd: 2n * 33_866_000_000n,
  })
})

test('a stream that ends before its picture is an error event', async () => {
  const { text, record } = await draw(
    [
      HEAD,
      event({ type: 'image_generation.partial_image', partial_image_index: 0, b64_json: PICTURE }),
      { close: true },
    ],
    { ...ASK, stream: true },
  )
  expect(text).toContain('"code":"upstream_error"')
  expect(text).toEndWith('data: [DONE]\n\n')
  expect(record).toMatchObject({ outcome: 'error', usageSource: 'estimated' })
})

for (const [body, code, param] of [
  [{ prompt: 'x' }, 'missing_required_parameter', 'model'],
  [{ model: 'm' }, 'missing_required_parameter', 'prompt'],
  [{ model: 'm', prompt: 5 }, 'invalid_type', 'prompt'],
  [{ model: 'm', prompt: 'x', n: 0 }, 'integer_below_min_value', 'n'],
  [{ model: 'm', prompt: 'x', n: 'two' }, 'invalid_type', 'n'],
  [{ model: 'm', prompt: 'x', stream: 'yes' }, 'invalid_type', 'stream'],
] as const)
  test(`${JSON.stringify(body)} is ${code}`, async () => {
    expect(await refusalOf(await byTokens.post(PATH, body))).toMatchObject({ status: 400, code, param })
    expect(await byTokens.vendor.calls()).toHaveLength(0)
  })

test('a vendor’s refusal is the caller’s', async () => {
  const error = {
    message: 'Your request was rejected by our safety system.',
    type: 'image_generation_user_error',
    param: null,
    code: 'moderation_blocked',
  }
  const { text, response, record } = await draw([
    { status: 400, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify({ error }) },
  ])
  expect(response.status).toBe(400)
  expect(JSON.parse(text).error).toMatchObject({ code: 'moderation_blocked', message: error.message })
  expect(record.costPicoUsd).toBe(0n)
})
