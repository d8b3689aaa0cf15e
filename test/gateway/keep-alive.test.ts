import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { FakeClock } from './fake-clock'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, chunksOf, contentOf, line, STREAM_HEAD } from './stream-text'

const COMMENT = ': keep-alive\n\n'

let vendor: Vendor
let gateway: TestGateway
let clock: FakeClock
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => {
  clock = new FakeClock()
  gateway = startGateway({ vendors: { acme: vendor.url }, clock, tickMs: 5, patienceMs: 30 })
})
afterEach(async () => {
  await gateway.stop()
  await vendor.clear()
})

/** Reads a stream as far as a test wants. */
async function open(steps: Step[], body: object = ASK) {
  await vendor.script('m-2026-01', steps)
  const response = await gateway.chat(body)
  expect(response.status).toBe(200)
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  return {
    async until(wanted: string | 'end'): Promise<string> {
      for (;;) {
        if (wanted !== 'end' && text.includes(wanted)) return text
        const { done, value } = await reader.read()
        if (done) return text
        text += decoder.decode(value, { stream: true })
      }
    },
    leave: () => reader.cancel(),
  }
}

test('wire 24: a silent stream gets a comment every 15 s, before the first token and in mid-stream', async () => {
  const stalled = await open([STREAM_HEAD, { stall: true }])
  expect(await stalled.until(COMMENT)).toBe(COMMENT)
  for (let comments = 2; comments < 5; comments++) {
    clock.advance(15_000)
    expect(await stalled.until(COMMENT.repeat(comments))).toBe(COMMENT.repeat(comments))
  }
  await stalled.leave()
  const stream = await open(chat({ tokens: ['a', 'b'], cut: { after: 2, how: 'stall' } }))
  await stream.until('"b"')
  clock.advance(15_000)
  expect(await stream.until(COMMENT)).toEndWith(`\n\n${COMMENT}`)
  await stream.leave()
})

test('interface: a comment never stands inside an event, wherever the vendor fell silent', async () => {
  const event = `${line({ content: 'half' })}\n\n`
  for (const at of [1, 20, Math.floor(event.length / 2), event.length - 2, event.length - 1]) {
    const { until } = await open([
      STREAM_HEAD,
      { chunk: line({ content: 'one ' }) },
      { text: event.slice(0, at) },
      { wait: 80 },
      { text: event.slice(at) },
      { chunk: line({}, {}, 'stop') },
    ])
    await until('one ')
    clock.advance(15_000)
    const text = await until('end')
    expect(text).toContain(`${COMMENT}${event}`)
    expect(contentOf(text)).toBe('one half')
  }
})

test('a stream that flows gets no comment, however long it takes', async () => {
  const { until } = await open(chat({ tokens: ['a', 'b', 'c', 'd'], paceMs: 40 }))
  const start = await until('"a"')
  for (const word of ['"b"', '"c"', '"d"']) {
    clock.advance(14_000)
    await until(word)
  }
  expect((await until('end')).slice(start.length)).not.toContain(COMMENT)
})

test('a stream that we cut ends in an error event with the cause’s code, and the vendor is hung up on', async () => {
  const { until } = await open(chat({ tokens: ['a', 'b'], cut: { after: 2, how: 'stall' } }))
  await until('"b"')
  expect(gateway.live.size).toBe(1)
  for (const call of gateway.live) call.cut(new GatewayError('key_revoked', 'This key was revoked.'))
  const text = await until('end')
  expect(chunksOf(text).at(-1)?.error).toEqual({
    message: 'This key was revoked.',
    type: 'invalid_request_error',
    param: null,
    code: 'key_revoked',
  })
  expect(text).toEndWith('}}\n\ndata: [DONE]\n\n')
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    status: 200,
    errorCode: 'key_revoked',
    usageSource: 'tokenizer',
  })
  expect([gateway.live.size, gateway.limits.inFlight, gateway.ticker.size]).toEqual([0, 0, 0])
  const call = await vendor.waitForCall('m-2026-01')
  await vendor.waitForClosed(call.id)
})

test('a request that we cut before its answer began has the cause’s status, and nobody else is asked', async () => {
  await gateway.stop()
  gateway = startGateway({ vendors: { first: vendor.url, second: vendor.url }, patienceMs: 60_000 })
  for (const stream of [true, false]) {
    await vendor.clear()
    await vendor.script('m-2026-01', [{ stall: true }])
    const asking = gateway.chat({ ...ASK, stream })
    await vendor.waitForCall('m-2026-01')
    for (const call of gateway.live)
      call.cut(new GatewayError('shutting_down', 'The gateway is shutting down.'))
    expect((await asking).status).toBe(503)
    expect(await vendor.calls()).toHaveLength(1)
  }
})
