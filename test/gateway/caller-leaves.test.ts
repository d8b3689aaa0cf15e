import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { chatOperation } from '../../src/gateway/chat-completions'
import { serve } from '../../src/gateway/pipeline'
import { chat } from '../vendor/chat'
import { type Call, startVendor, type Vendor } from '../vendor/start'
import { bodyOf, type Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, line, STREAM_HEAD } from './stream-text'

/** What the "at once" may take on a machine that others load too. */
const AT_ONCE_MS = 100

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => {
  gateway = startGateway({
    vendors: { first: vendor.url, second: vendor.url },
    account: account => ({ ...account, headers: { 'x-script': account.name } }),
    patienceMs: 60_000,
  })
})
afterEach(async () => {
  await gateway.stop()
  await vendor.clear()
})

const ROLE: Step = { chunk: line({ role: 'assistant', content: '' }) }
const FAIL: Step[] = [
  { status: 500, headers: { 'content-type': 'application/json' } },
  { text: '{"error":{"message":"no"}}' },
]
const JSON_HEAD: Step = { status: 200, headers: { 'content-type': 'application/json' } }

interface Stage {
  body?: object
  first: Step[]
  second?: Step[]
  /** Whose call is open when the caller leaves. */
  open?: 'first' | 'second'
  /** Read this many characters of the answer before leaving. */
  read?: number
  status: number
}
const STAGES: Record<string, Stage> = {
  'before the vendor’s head': { first: [{ stall: true }], status: 499 },
  'after the head, before any event': {
    first: [STREAM_HEAD, { text: ': hello\n\n' }, { stall: true }],
    status: 499,
  },
  'after the role, before the first token': { first: [STREAM_HEAD, ROLE, { stall: true }], status: 499 },
  'in mid-stream, in silence': {
    first: chat({ tokens: 9, cut: { after: 3, how: 'stall' } }),
    read: 1,
    status: 200,
  },
  'in mid-stream, while it flows': { first: chat({ tokens: 5_000, paceMs: 2 }), read: 1, status: 200 },
  'unary, before the head': { body: { ...ASK, stream: false }, first: [{ stall: true }], status: 499 },
  'unary, in the middle of the body': {
    body: { ...ASK, stream: false },
    first: [JSON_HEAD, { text: '{"id":"chatcmpl-1","choices":[{"index":0' }, { stall: true }],
    status: 499,
  },
  'while the second deployment is being asked': {
    first: FAIL,
    second: [{ stall: true }],
    open: 'second',
    status: 499,
  },
  'unary, while the second deployment is being asked': {
    body: { ...ASK, stream: false },
    first: FAIL,
    second: [{ stall: true }],
    open: 'second',
    status: 499,
  },
}

/** Leaves in this stage, and says how many milliseconds later the vendor saw it. */
async function leave(stage: Stage, count: number): Promise<{ call: Call; afterMs: number }> {
  const controller = new AbortController()
  const asking = gateway.chat(stage.body ?? ASK, { signal: controller.signal }).then(async response => {
    const reader = response.body!.getReader()
    for (let read = 0; read < (stage.read ?? Number.POSITIVE_INFINITY); )
      read += (await reader.read()).value!.length
    return reader
  })
  asking.catch(() => 'left')
  const call = await vendor.waitForCall(stage.open ?? 'first', count)
  if (stage.read) await asking
  // Time for what the vendor has sent to reach the gateway.
  else await Bun.sleep(30)
  const leftAt = performance.timeOrigin + performance.now()
  controller.abort()
  const closed = await vendor.waitForClosed(call.id)
  return { call: closed, afterMs: closed.startedAt + closed.closedAfterMs! - leftAt }
}

for (const [name, stage] of Object.entries(STAGES))
  test(`wire 25, F53, F54: the caller leaves ${name}: the vendor is hung up on at once, and one record is kept`, async () => {
    await vendor.script('first', stage.first)
    await vendor.script('second', stage.second ?? chat())
    const delays: number[] = []
    // On a loaded machine one delay says little: the least of three says what the gateway adds.
    for (let round = 1; round <= 3 && !delays.some(ms => ms <= AT_ONCE_MS); round++) {
      const { call, afterMs } = await leave(stage, round)
      delays.push(afterMs)
      const record = await gateway.record(round)
      expect(record).toMatchObject({
        outcome: 'cancelled',
        status: stage.status,
        errorCode: null,
        vendor: stage.open ?? 'first',
        usageSource: 'tokenizer',
      })
      expect(record.attempts.at(-1)?.vendorRequestId ?? call.id).toBe(call.id)
      expect(record.costPicoUsd).toBeGreaterThan(0n)
      expect([gateway.limits.inFlight, gateway.ticker.size]).toEqual([0, 0])
    }
    expect(Math.min(...delays)).toBeLessThanOrEqual(AT_ONCE_MS)
    await Bun.sleep(20)
    expect(gateway.records).toHaveLength(delays.length)
    expect(await vendor.calls('second')).toHaveLength(stage.open === 'second' ? delays.length : 0)
  })

test('what was streamed before the caller left is counted, token for token what the vendor bills', async () => {
  // Each of these words is one token of OpenAI's.
  const tokens = Array.from({ length: 200 }, (_, index) => (index % 2 ? ' the' : ' world'))
  const steps = chat({ tokens, cut: { after: 100, how: 'stall' } })
  await vendor.script('first', steps)
  const sent = bodyOf(
    steps.slice(
      0,
      steps.findIndex(step => 'stall' in step),
    ),
  ).length
  await leave({ first: [], read: sent, status: 200 }, 1)
  const record = await gateway.record()
  const [bill] = await vendor.bill('first')
  expect(bill!.outputTokens).toBe(100)
  expect(record.usage!.outputTokens).toBe(100)
})

test('F58: a caller that leaves and asks again fifty times holds nothing', async () => {
  await vendor.script('first', [{ stall: true }])
  const leaves = Array.from({ length: 50 }, async (_, index) => {
    const controller = new AbortController()
    const asking = gateway.chat(ASK, { signal: controller.signal }).catch(() => 'left')
    await vendor.waitForCall('first', index + 1)
    controller.abort()
    return asking
  })
  expect(await Promise.all(leaves)).toEqual(Array(50).fill('left'))
  await gateway.record(50)
  expect([gateway.limits.inFlight, gateway.ticker.size]).toEqual([0, 0])
  expect(new Set(gateway.records.map(({ requestId }) => requestId)).size).toBe(50)
  for (const { id } of await vendor.calls('first')) await vendor.waitForClosed(id)
})

test('a caller that is gone before a vendor was asked reaches none, and costs nothing', async () => {
  const headers = { authorization: `Bearer ${gateway.key}`, host: 'localhost' }
  const request = (signal: AbortSignal) =>
    new Request(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      headers,
      body: JSON.stringify(ASK),
      signal,
    })
  const controller = new AbortController()
  const deps = { ...gateway.deps, keepOpen: () => controller.abort() }
  await serve(request(controller.signal), chatOperation, deps)
  expect(gateway.records).toMatchObject([
    { outcome: 'cancelled', status: 499, usage: null, costPicoUsd: 0n, attempts: [] },
  ])
  expect([gateway.limits.inFlight, gateway.ticker.size, gateway.live.size]).toEqual([0, 0, 0])
  await Bun.sleep(20)
  expect(await vendor.calls()).toHaveLength(0)
})

test('a caller that leaves says nothing about the deployment’s health', async () => {
  await vendor.script('first', [{ stall: true }])
  for (let round = 1; round <= 4; round++) await leave({ first: [], status: 499 }, round)
  expect(gateway.health.cooling).toBe(0)
})

test('a caller that leaves after the last byte changes nothing', async () => {
  await vendor.script('first', chat())
  const controller = new AbortController()
  const response = await gateway.chat(ASK, { signal: controller.signal })
  await response.text()
  controller.abort()
  await Bun.sleep(50)
  expect(gateway.records.map(({ outcome }) => outcome)).toEqual(['ok'])
})
