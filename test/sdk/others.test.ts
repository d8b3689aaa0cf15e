import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { priceOf } from '../catalog/price-of'
import type { Step } from '../vendor/step'
import { refusal, type Scripted, startScripted, UPSTREAM } from './scripted'

let sdk: Scripted
beforeAll(async () => {
  const price = priceOf({ input: '1.50', output: '2', image_output: '32' })
  const endpoints = ['images.generations', 'moderations', 'completions'] as const
  sdk = await startScripted({ model: { endpoints: [...endpoints], price } })
})
afterAll(() => sdk.stop())
afterEach(async () => {
  await sdk.gateway.forgetRecords()
  await sdk.vendor.clear()
})

const json = (body: object): [Step, Step] => [
  { status: 200, headers: { 'content-type': 'application/json' } },
  { text: JSON.stringify(body) },
]
const events = (...data: (object | string)[]): Step[] => [
  { status: 200, headers: { 'content-type': 'text/event-stream' } },
  ...data.map((each): Step => ({ chunk: typeof each === 'string' ? each : `data: ${JSON.stringify(each)}` })),
]

const IMAGES = { input_tokens: 10, output_tokens: 100, total_tokens: 110 }

test('pictures have their usage, and what they cost', async () => {
  await sdk.vendor.script(UPSTREAM, json({ created: 1, data: [{ b64_json: 'AAAA' }], usage: IMAGES }))
  const { data, usage } = await sdk.openai.images.generate({ model: 'm', prompt: 'x', size: '1024x1024' })
  expect(data![0]!.b64_json).toBe('AAAA')
  expect(usage as object).toEqual({ ...IMAGES, cost_usd: 0.003215 })
})

test('pictures are streamed, from the first sketch to the last with its cost', async () => {
  const event = (data: object & { type: string }) => `event: ${data.type}\ndata: ${JSON.stringify(data)}`
  await sdk.vendor.script(
    UPSTREAM,
    events(
      event({ type: 'image_generation.partial_image', b64_json: 'AA==', partial_image_index: 0 } as never),
      event({ type: 'image_generation.completed', b64_json: 'AAAA', usage: IMAGES } as never),
    ),
  )
  const stream = await sdk.openai.images.generate({
    model: 'm',
    prompt: 'x',
    stream: true,
    partial_images: 1,
  })
  const told = await Array.fromAsync(stream)
  expect(told.map(({ type }) => type)).toEqual([
    'image_generation.partial_image',
    'image_generation.completed',
  ])
  expect(told[1]).toMatchObject({ b64_json: 'AAAA', usage: { ...IMAGES, cost_usd: 0.003215 } })
})

test('a moderation has its results, of several inputs too', async () => {
  const results = [{ flagged: false }, { flagged: true }]
  await sdk.vendor.script(UPSTREAM, json({ id: 'modr-1', model: 'omni', results }))
  const answer = await sdk.openai.moderations.create({ model: 'm', input: ['a', 'b'] })
  expect(answer.results.map(({ flagged }) => flagged)).toEqual([false, true])
})

const HEAD = { id: 'cmpl-1', object: 'text_completion', created: 1, model: 'instruct' }
const choice = (text: string, finish_reason: string | null = null) => ({
  text,
  index: 0,
  logprobs: null,
  finish_reason,
})
const USAGE = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 }

test('a completion has its text, its usage, and what it cost', async () => {
  await sdk.vendor.script(UPSTREAM, json({ ...HEAD, choices: [choice(' upon', 'stop')], usage: USAGE }))
  const { choices, usage } = await sdk.openai.completions.create({ model: 'm', prompt: 'Once' })
  expect(choices[0]!.text).toBe(' upon')
  expect(usage as object).toEqual({ ...USAGE, cost_usd: 0.0000135 })
})

test('a completion is streamed, with usage where it was asked for', async () => {
  const chunks = [
    { ...HEAD, choices: [choice(' upon')], usage: null },
    { ...HEAD, choices: [choice(' a time', 'stop')], usage: null },
    { ...HEAD, choices: [], usage: USAGE },
  ]
  await sdk.vendor.script(UPSTREAM, events(...chunks, 'data: [DONE]'))
  const stream = await sdk.openai.completions.create({
    model: 'm',
    prompt: 'Once',
    stream: true,
    stream_options: { include_usage: true },
  })
  const told = await Array.fromAsync(stream)
  expect(told.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(' upon a time')
  expect(told.at(-1)?.usage as object).toEqual({ ...USAGE, cost_usd: 0.0000135 })
})

test('errors are the classes that the SDK has for them, and raw responses have the request id', async () => {
  const failure = (promise: PromiseLike<unknown>) =>
    promise.then(
      () => undefined,
      error => error,
    )
  await sdk.vendor.script(UPSTREAM, refusal(400, { code: 'moderation_blocked' }))
  const refused = await failure(sdk.openai.images.generate({ model: 'm', prompt: 'x' }))
  expect(refused).toBeInstanceOf(OpenAI.BadRequestError)
  expect(refused.code).toBe('moderation_blocked')
  expect(await failure(sdk.openai.moderations.create({ model: 'none', input: 'x' }))).toBeInstanceOf(
    OpenAI.NotFoundError,
  )
  await sdk.gateway.forgetRecords()
  await sdk.vendor.script(UPSTREAM, json({ id: 'modr-1', model: 'omni', results: [] }))
  const { request_id } = await sdk.openai.moderations.create({ model: 'm', input: 'x' }).withResponse()
  expect(request_id).toBe((await sdk.gateway.record()).requestId)
})

test('an aborted completion and an aborted picture close the vendor', async () => {
  for (const path of ['images', 'completions'] as const) {
    await sdk.gateway.forgetRecords()
    await sdk.vendor.clear()
    await sdk.vendor.script(UPSTREAM, [{ stall: true }])
    const controller = new AbortController()
    const options = { signal: controller.signal }
    const asking =
      path === 'images'
        ? sdk.openai.images.generate({ model: 'm', prompt: 'x' }, options)
        : sdk.openai.completions.create({ model: 'm', prompt: 'x' }, options)
    const ended = asking.then(
      () => undefined,
      error => error,
    )
    const { id } = await sdk.vendor.waitForCall(UPSTREAM)
    controller.abort()
    expect(await ended).toBeInstanceOf(OpenAI.APIUserAbortError)
    await sdk.vendor.waitForClosed(id)
    expect(await sdk.gateway.record()).toMatchObject({ outcome: 'cancelled', status: 499 })
  }
})
