import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai'
import { chat } from '../vendor/chat'
import { ASK, type Scripted, startScripted, UPSTREAM } from './scripted'

let sdk: Scripted
beforeAll(async () => {
  sdk = await startScripted()
})
afterAll(() => sdk.stop())
afterEach(async () => {
  await sdk.vendor.clear()
  sdk.gateway.records.length = 0
})

const SLOW = chat({ tokens: 200, paceMs: 20 })
const thrown = (asking: Promise<unknown>) =>
  asking.then(
    () => expect.unreachable(),
    (error: unknown) => error as APIError,
  )

/** The vendor's connection was closed by us, and one record says that the caller left. */
async function expectLeft(): Promise<void> {
  const call = await sdk.vendor.waitForCall(UPSTREAM)
  expect((await sdk.vendor.waitForClosed(call.id)).ending).toBe('left')
  const record = await sdk.gateway.record()
  expect(record).toMatchObject({ outcome: 'cancelled', errorCode: null, vendor: 'acme' })
  expect(record.costPicoUsd).toBeGreaterThan(0n)
  await Bun.sleep(30)
  expect(sdk.gateway.records.length).toBe(1)
  expect((await sdk.vendor.calls()).length).toBe(1)
}

test('breaking out of the loop closes the vendor’s connection', async () => {
  await sdk.vendor.script(UPSTREAM, SLOW)
  let seen = 0
  for await (const chunk of await sdk.openai.chat.completions.create({ ...ASK, stream: true }))
    if (chunk.choices[0]?.delta.content && ++seen === 3) break
  await expectLeft()
  expect((await sdk.vendor.calls())[0]!.tokens).toBeLessThan(20)
})

test('controller.abort() in mid-stream closes the vendor’s connection', async () => {
  await sdk.vendor.script(UPSTREAM, SLOW)
  const stream = await sdk.openai.chat.completions.create({ ...ASK, stream: true })
  let seen = 0
  for await (const _ of stream) if (++seen === 3) stream.controller.abort()
  await expectLeft()
})

test('an aborted stream helper is APIUserAbortError', async () => {
  await sdk.vendor.script(UPSTREAM, SLOW)
  const runner = sdk.openai.chat.completions.stream(ASK)
  runner.on('content', () => runner.abort())
  expect(await thrown(runner.finalContent())).toBeInstanceOf(APIUserAbortError)
  await expectLeft()
})

for (const [statement, stream] of [
  ['whole', false],
  ['streamed', true],
] as const)
  test(`a signal before the first byte closes the vendor’s connection (${statement})`, async () => {
    await sdk.vendor.script(UPSTREAM, [{ stall: true }])
    const controller = new AbortController()
    const asking = thrown(
      sdk.openai.chat.completions.create({ ...ASK, stream }, { signal: controller.signal }),
    )
    await sdk.vendor.waitForCall(UPSTREAM)
    controller.abort()
    expect(await asking).toBeInstanceOf(APIUserAbortError)
    await expectLeft()
  })

test('a timeout of the SDK is APIConnectionTimeoutError, and closes the vendor’s connection', async () => {
  await sdk.vendor.script(UPSTREAM, [{ stall: true }])
  const startedAt = performance.now()
  const error = await thrown(sdk.openai.chat.completions.create(ASK, { timeout: 120 }))
  expect(error).toBeInstanceOf(APIConnectionTimeoutError)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  await expectLeft()
})

test('every try of an SDK that times out and tries again is a record of its own', async () => {
  await sdk.vendor.script(UPSTREAM, [{ stall: true }])
  const error = await thrown(sdk.openai.chat.completions.create(ASK, { timeout: 80, maxRetries: 1 }))
  expect(error).toBeInstanceOf(APIConnectionTimeoutError)
  await sdk.gateway.record(2)
  expect(sdk.gateway.records.map(({ outcome }) => outcome)).toEqual(['cancelled', 'cancelled'])
  for (const { id } of await sdk.vendor.calls()) await sdk.vendor.waitForClosed(id)
})

/** What ends a stream badly, after it began well. */
const BAD_ENDS = [
  [
    'an error event of the vendor',
    { chunk: 'data: {"error":{"message":"Overloaded.","type":"server_error","code":"x"}}' },
    'Overloaded.',
  ],
  ['a closed connection', 'close', undefined],
  ['a reset connection', 'reset', undefined],
] as const

for (const [statement, how, message] of BAD_ENDS)
  test(`${statement} in mid-stream is APIError, after what came before`, async () => {
    await sdk.vendor.script(UPSTREAM, chat({ tokens: 10, paceMs: 5, cut: { after: 4, how } }))
    let text = ''
    const reading = async () => {
      for await (const chunk of await sdk.openai.chat.completions.create({ ...ASK, stream: true }))
        text += chunk.choices[0]?.delta.content ?? ''
    }
    const error = await thrown(reading())
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ code: 'upstream_error', type: 'server_error' })
    if (message) expect(error.message).toContain(message)
    expect(text).toBe('word0 word1 word2 word3 ')
    expect(await sdk.gateway.record()).toMatchObject({
      outcome: 'error',
      errorCode: 'upstream_error',
      status: 200,
    })
  })

test('a stream that ends without a finish reason or [DONE] is APIError, also where the vendor closed it well', async () => {
  const head = { status: 200, headers: { 'content-type': 'text/event-stream' } }
  const steps = chat({ tokens: 3 }).slice(1, 4)
  await sdk.vendor.script(UPSTREAM, [head, ...steps, { end: true }])
  const error = await thrown(sdk.openai.chat.completions.stream(ASK).finalContent())
  expect(error).toBeInstanceOf(APIError)
  expect(error).toMatchObject({ code: 'upstream_error' })
})

test('an answer that breaks off is InternalServerError', async () => {
  const [head, ...rest] = chat({ stream: false })
  await sdk.vendor.script(UPSTREAM, [
    { ...head!, headers: { 'content-type': 'application/json', 'content-length': '5000' } } as typeof head &
      object,
    ...rest,
    { close: true },
  ])
  const error = await thrown(sdk.openai.chat.completions.create(ASK))
  expect(error).toMatchObject({ status: 502, code: 'upstream_error' })
})
