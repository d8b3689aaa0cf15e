import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { Drains } from '../../src/gateway/drains'
import { leave } from '../../src/gateway/leave'
import { systemClock } from '../../src/lib/clock'
import { Ticker } from '../../src/lib/ticker'
import type { Place } from '../../src/usage/recorder'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, line, STREAM_HEAD } from './stream-text'

let vendor: Vendor
let gateway: TestGateway

beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({
    vendors: { acme: vendor.url },
    account: account => ({ ...account, onDisconnect: 'drain' }),
  })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateway.forgetRecords()
  await vendor.clear()
})

/** Asks, reads the first bytes (none for 0), and leaves. */
async function askAndLeave(body: object, bytes: number): Promise<void> {
  const controller = new AbortController()
  const asking = gateway.chat(body, { signal: controller.signal }).then(async response => {
    const reader = response.body!.getReader()
    for (let read = 0; read < bytes; ) read += (await reader.read()).value?.length ?? bytes
  })
  asking.catch(() => 'left')
  await vendor.waitForCall('m-2026-01')
  if (bytes > 0) await asking
  controller.abort()
}

const SLOW = { tokens: 20, paceMs: 10 }

for (const [stage, body, bytes, status] of [
  ['in mid-stream', ASK, 300, 200],
  ['before the first token', ASK, 0, 499],
  ['while a whole answer is made', { ...ASK, stream: false }, 0, 499],
] as const)
  test(`a vendor that bills on is read to its end when the caller leaves ${stage}`, async () => {
    const { stream } = body
    const steps = chat({ ...SLOW, stream })
    const half = bytes === 0 ? 0 : steps.length >> 1
    await vendor.script('m-2026-01', [...steps.slice(0, half), { gate: 'gone' }, ...steps.slice(half)])
    await askAndLeave(body, bytes)
    while (![...gateway.live].some(({ left }) => left)) await Bun.sleep(2)
    await vendor.open('gone')
    const record = await gateway.record()
    const [call] = await vendor.calls('m-2026-01')
    expect(call?.ending).toBe('complete')
    expect(record).toMatchObject({ outcome: 'cancelled', status, usageSource: 'drained', errorCode: null })
    expect([record.usage!.inputTokens, record.usage!.outputTokens]).toEqual([
      call!.bill.inputTokens,
      call!.bill.outputTokens,
    ])
    expect(gateway.limits.inFlight).toBe(0)
  })

test('a vendor that bills on hears nothing of a caller who left before a byte of the request did', async () => {
  const drains = new Drains(systemClock, new Ticker(systemClock))
  const early: TestGateway = startGateway({
    vendors: { acme: vendor.url },
    account: account => ({ ...account, onDisconnect: 'drain' }),
    dispatch() {
      queueMicrotask(() => {
        for (const call of early.live) leave(call, false, drains)
      })
      return {} as Place
    },
  })
  await early.chat({ ...ASK, stream: false })
  expect(await early.record()).toMatchObject({
    outcome: 'cancelled',
    status: 499,
    usage: null,
    costPicoUsd: 0n,
  })
  await Bun.sleep(20)
  expect([await vendor.calls('m-2026-01'), drains.size]).toEqual([[], 0])
  await early.stop()
})

test('nobody else is asked for a caller who left, also when the vendor that is read on fails', async () => {
  await vendor.script('m-2026-01', [{ wait: 60 }, { status: 500 }, { text: '{"error":{"message":"no"}}' }])
  await askAndLeave(ASK, 0)
  expect(await gateway.record()).toMatchObject({
    outcome: 'cancelled',
    status: 499,
    usage: null,
    costPicoUsd: 0n,
  })
  expect(await vendor.calls('m-2026-01')).toHaveLength(1)
})

test('a stream that breaks while it is read on is billed by what was seen', async () => {
  const tokens = Array.from({ length: 30 }, () => ' the')
  await vendor.script('m-2026-01', chat({ tokens, paceMs: 5, cut: { after: 20, how: 'reset' } }))
  await askAndLeave(ASK, 300)
  const record = await gateway.record()
  expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'tokenizer' })
  expect(record.usage!.outputTokens).toBe(20)
})

test('a vendor’s own count on the way is billed when it is cut', async () => {
  const counted = (output: number) => ({
    prompt_tokens: 7,
    completion_tokens: output,
    total_tokens: 7 + output,
  })
  const chunk = (output: number): Step => ({ chunk: line({ content: ' the' }, { usage: counted(output) }) })
  await vendor.script('m-2026-01', [STREAM_HEAD, chunk(1), chunk(2), chunk(3), { wait: 20 }, { reset: true }])
  await (await gateway.chat(ASK)).text()
  const record = await gateway.record()
  expect(record).toMatchObject({ outcome: 'error', usageSource: 'vendor_partial' })
  expect([record.usage!.inputTokens, record.usage!.outputTokens]).toEqual([7, 3])
})

test('hidden reasoning is read to its end even at a vendor that would stop billing', async () => {
  const thinker = startGateway({
    vendors: { acme: vendor.url },
    capabilities: ['streaming', 'reasoning'],
  })
  await vendor.script('m-2026-01', chat({ ...SLOW, usage: { outputTokens: 500, reasoningTokens: 480 } }))
  const controller = new AbortController()
  const response = await thinker.chat(ASK, { signal: controller.signal })
  await response.body!.getReader().read()
  controller.abort()
  const record = await thinker.record()
  expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'drained' })
  expect(record.usage!.reasoningTokens).toBe(480)
  await thinker.stop()
})

for (const stream of [true, false])
  test(`a caller who asks for exact figures is read for to the end where a vendor would stop billing (${stream ? 'stream' : 'unary'})`, async () => {
    const aborting = startGateway({ vendors: { acme: vendor.url } })
    await vendor.script('m-2026-01', chat({ ...SLOW, stream, firstMs: 60 }))
    const controller = new AbortController()
    const asking = fetch(`${aborting.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${aborting.key}`,
        'content-type': 'application/json',
        'x-callmissed-on-disconnect': 'drain',
      },
      body: JSON.stringify({ ...ASK, stream }),
      signal: controller.signal,
    })
    asking.catch(() => 'left')
    await vendor.waitForCall('m-2026-01')
    if (stream) await (await asking).body!.getReader().read()
    controller.abort()
    const record = await aborting.record()
    const [call] = await vendor.calls('m-2026-01')
    expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'drained' })
    expect(call?.ending).toBe('complete')
    expect(record.usage!.outputTokens).toBe(call!.bill.outputTokens)
    await aborting.stop()
  })

test('what is asked for the case of leaving and cannot be is refused by its name, before a vendor is asked', async () => {
  for (const wanted of ['abort', 'Drain', '', 'drain, drain']) {
    const response = await gateway.chat(ASK, {
      headers: {
        authorization: `Bearer ${gateway.key}`,
        'content-type': 'application/json',
        'x-callmissed-on-disconnect': wanted,
      },
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', code: 'invalid_value', param: 'x-callmissed-on-disconnect' },
    })
  }
  expect(await vendor.calls()).toEqual([])
})
