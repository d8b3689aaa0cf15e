import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { Timeouts } from '../../src/vendors/vendor'
import { startBlackHole } from '../upstream/black-hole'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, chunksOf, contentOf, line, STREAM_HEAD } from './stream-text'

let vendor: Vendor
let gateway: TestGateway | undefined
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
afterEach(async () => {
  await gateway?.stop()
  await vendor.clear()
})

async function ask(timeouts: Partial<Timeouts>, steps: Step[], body: object = ASK) {
  gateway = startGateway({ vendors: { acme: vendor.url }, timeouts })
  await vendor.script('m-2026-01', steps)
  const startedAt = performance.now()
  const response = await gateway.chat(body)
  const text = await response.text()
  return { response, text, tookMs: performance.now() - startedAt, gateway }
}

/** For ten seconds: longer than any of these tests waits. */
const DRIP: Step = { repeat: 500, steps: [{ wait: 20 }, { chunk: line({ content: '.' }) }] }

for (const stream of [true, false]) {
  test(`F46: a vendor that sends no byte within first_event is given up: 504 (${stream ? 'stream' : 'unary'})`, async () => {
    const { response, text, tookMs, gateway } = await ask({ firstEvent: 0.15 }, [{ stall: true }], {
      ...ASK,
      stream,
    })
    expect([response.status, JSON.parse(text).error.code]).toEqual([504, 'upstream_timeout'])
    expect(tookMs).toBeGreaterThan(145)
    expect(await gateway.record()).toMatchObject({
      outcome: 'error',
      status: 504,
      errorCode: 'upstream_timeout',
    })
    const call = await vendor.waitForCall('m-2026-01')
    await vendor.waitForClosed(call.id, 5_000)
  })

  test(`T52: a head that never ends counts as no byte (${stream ? 'stream' : 'unary'})`, async () => {
    const endless: Step[] = [
      { raw: 'HTTP/1.1 200 OK\r\n' },
      { repeat: 50, steps: [{ wait: 10 }, { raw: 'x-a: b\r\n' }] },
      { stall: true },
    ]
    const { response } = await ask({ firstEvent: 0.2 }, endless, { ...ASK, stream })
    expect(response.status).toBe(504)
  })
}

test('a head without a body counts as no byte', async () => {
  const { response, text } = await ask({ firstEvent: 0.15 }, [STREAM_HEAD, { stall: true }])
  expect([response.status, JSON.parse(text).error.code]).toEqual([504, 'upstream_timeout'])
})

test('F47: silence in mid-stream ends in an error event of its own code, and what was sent is billed', async () => {
  const steps = chat({ tokens: ['a', 'b'], cut: { after: 2, how: 'stall' } })
  const { response, text, gateway } = await ask({ silence: 0.15 }, steps)
  expect([response.status, contentOf(text)]).toEqual([200, 'ab'])
  expect(chunksOf(text).at(-1)?.error).toEqual({
    message: 'The vendor did not answer in time: silent for 0.15 s.',
    type: 'server_error',
    param: null,
    code: 'upstream_timeout',
  })
  expect(text).toEndWith('data: [DONE]\n\n')
  const record = await gateway.record()
  expect(record).toMatchObject({
    outcome: 'error',
    status: 200,
    errorCode: 'upstream_timeout',
    usageSource: 'tokenizer',
  })
  expect(record.usage!.outputTokens).toBeGreaterThan(0)
  const call = await vendor.waitForCall('m-2026-01')
  await vendor.waitForClosed(call.id, 5_000)
})

test('silence in the middle of a JSON answer is a 504', async () => {
  const head: Step = { status: 200, headers: { 'content-type': 'application/json' } }
  const { response } = await ask({ silence: 0.15 }, [head, { text: '{"choices":' }, { stall: true }], {
    ...ASK,
    stream: false,
  })
  expect(response.status).toBe(504)
})

test('a vendor that goes on sending is never silent, but the whole is bounded', async () => {
  const { text, tookMs } = await ask({ silence: 0.5, total: 1 }, [STREAM_HEAD, DRIP])
  expect(tookMs).toBeGreaterThan(990)
  expect(tookMs).toBeLessThan(6_000)
  expect(contentOf(text).length).toBeGreaterThan(5)
  expect(chunksOf(text).at(-1)?.error?.code).toBe('upstream_timeout')
})

test('F56: while a caller reads slowly the vendor is held back, which is not its silence', async () => {
  gateway = startGateway({ vendors: { acme: vendor.url }, timeouts: { silence: 0.8 } })
  // More than the sockets' buffers take together, and those grow to 32 MB each on some machines.
  const many = 50_000
  await vendor.script('m-2026-01', chat({ tokens: Array(many).fill('x'.repeat(1_000)) }))
  const reader = (await gateway.chat(ASK)).body!.getReader()
  await reader.read()
  await Bun.sleep(1_800)
  const [sent] = await vendor.bill('m-2026-01')
  expect(sent!.tokens).toBeLessThan(many)
  const decoder = new TextDecoder()
  let text = ''
  for (let next = await reader.read(); !next.done; next = await reader.read())
    text = (text + decoder.decode(next.value, { stream: true })).slice(-5_000)
  expect(text).not.toContain('"error"')
  expect(await gateway.record()).toMatchObject({ outcome: 'ok', usage: { outputTokens: many } })
}, 30_000)

test('each deployment has its own time: a slow one does not spend the next one’s', async () => {
  gateway = startGateway({
    vendors: { first: vendor.url, second: vendor.url },
    timeouts: { firstEvent: 1 },
    account: account => ({ ...account, headers: { 'x-script': account.name } }),
  })
  await vendor.script('first', [{ stall: true }])
  await vendor.script('second', [{ wait: 400 }, ...chat({ tokens: ['second'] })])
  const response = await gateway.chat(ASK)
  expect([response.status, contentOf(await response.text())]).toEqual([200, 'second'])
})

test('F45: an address that takes no connection is given up after the connect time, and costs nothing', async () => {
  const hole = await startBlackHole()
  gateway = startGateway({ vendors: { acme: hole.url }, timeouts: { connect: 0.3 } })
  const startedAt = performance.now()
  const response = await gateway.chat(ASK)
  expect([response.status, ((await response.json()) as { error: object }).error]).toMatchObject([
    504,
    { code: 'upstream_timeout' },
  ])
  expect(performance.now() - startedAt).toBeGreaterThan(290)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    usage: null,
    costPicoUsd: 0n,
    attempts: [{ status: null }],
  })
  expect(gateway.limits.inFlight).toBe(0)
  await hole.stop()
})

test('F2, F53: a caller who leaves before a byte of the request was written costs nothing', async () => {
  const hole = await startBlackHole()
  gateway = startGateway({ vendors: { acme: hole.url } })
  const controller = new AbortController()
  const left = gateway.chat(ASK, {
    headers: { authorization: `Bearer ${gateway.key}` },
    signal: controller.signal,
  })
  for (let waited = 0; [...gateway.live].every(({ tries }) => tries.length === 0); waited += 2) {
    if (waited > 5_000) throw new Error('no vendor was asked in 5 s')
    await Bun.sleep(2)
  }
  controller.abort()
  await left.catch(() => undefined)
  expect(await gateway.record()).toMatchObject({
    outcome: 'cancelled',
    status: 499,
    usage: null,
    usageSource: null,
    costPicoUsd: 0n,
    attempts: [{ status: null }],
  })
  await hole.stop()
})

test('a vendor that connects and then thinks for longer than the connect time is waited for', async () => {
  const { text } = await ask({ connect: 0.1 }, chat({ firstMs: 300, tokens: ['done'] }))
  expect(contentOf(text)).toBe('done')
})
