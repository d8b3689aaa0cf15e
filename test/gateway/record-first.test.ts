import { expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import type { UsageRecord } from '../../src/usage/record'
import { priceOf } from '../catalog/price-of'
import { chat } from '../vendor/chat'
import { SOUND, speech } from '../vendor/speech'
import type { Step } from '../vendor/step'
import { claude, MESSAGE, ASK as MESSAGES, startMixed } from './messages-text'
import { scriptedWorld } from './scripted'
import type { GatewayOptions, TestGateway } from './start-gateway'
import { ASK, ASK_USAGE } from './stream-text'

const world = scriptedWorld()
const WHOLE = { ...ASK, stream: false }
const JSON_HEAD: Step = { status: 200, headers: { 'content-type': 'application/json' } }
/** What a wrong answer would have been sent in, many times over. */
const LONG_MS = 60

/** Keeps what it is given until it is told that the disk has it. */
function slowDisk({ deps }: TestGateway) {
  const records: UsageRecord[] = []
  const disk = Promise.withResolvers<void>()
  deps.recorder.record = record => {
    records.push(record)
    return disk.promise
  }
  return { records, isSynced: () => disk.resolve() }
}

function post({ url, key }: TestGateway, path: string, body: object): Promise<Response> {
  return fetch(`${url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** Reads as it comes. */
async function readInto(pieces: Uint8Array[], answering: Promise<Response>): Promise<void> {
  for await (const bytes of (await answering).body!) pieces.push(bytes)
}

const SPEECH: Partial<GatewayOptions> = {
  model: { endpoints: ['audio.speech'], price: priceOf({ character: '15' }), contextWindow: null },
}

const STREAMS: [string, string, object, Step[], end: string, Partial<GatewayOptions>?][] = [
  ['a stream', 'chat/completions', ASK, chat(), 'data: [DONE]\n\n'],
  ['a stream with usage', 'chat/completions', ASK_USAGE, chat(), 'data: [DONE]\n\n'],
  [
    'a stream of Messages',
    'messages',
    { ...MESSAGES, stream: true },
    claude(['a', 'b']),
    'message_stop"}\n\n',
  ],
  ['sound', 'audio/speech', { model: 'm', input: 'Hi', voice: 'alloy' }, speech(), '', SPEECH],
]
for (const [what, path, body, steps, end, options] of STREAMS)
  test(`F13: of ${what} all but the end leaves while its record is not on the disk, and the end only then`, async () => {
    const name = path === 'messages' ? 'anthropic' : 'acme'
    const gateway = startMixed({ vendors: { [name]: world.vendor.url }, ...options })
    await world.vendor.script('m-2026-01', steps)
    const disk = slowDisk(gateway)
    const pieces: Uint8Array[] = []
    const reading = readInto(pieces, post(gateway, path, body))
    while (disk.records.length === 0 || pieces.length === 0) await Bun.sleep(2)
    await Bun.sleep(LONG_MS)
    const before = Buffer.concat(pieces)
    disk.isSynced()
    await reading
    const whole = Buffer.concat(pieces)
    if (what === 'sound') {
      expect(Buffer.compare(whole, Buffer.concat(SOUND))).toBe(0)
      expect(before.length).toBe(whole.length - 1)
    } else {
      expect(whole.toString()).toEndWith(end)
      expect(before.length).toBeGreaterThan(whole.length / 4)
      for (const last of ['[DONE]', 'message_stop', 'cost_usd']) expect(before.toString()).not.toContain(last)
    }
    expect(disk.records).toMatchObject([
      { outcome: 'ok', usageSource: what === 'sound' ? 'tokenizer' : 'vendor' },
    ])
    await gateway.stop()
  })

/** Its first vendor may be billed for the prompt, which is counted beside the event loop. */
for (const [how, after] of [
  ['ends', []],
  ['says more', [{ chunk: 'data: [DONE]' }]],
  ['breaks off', [{ reset: true }]],
] as [string, Step[]][])
  test(`of a stream of a second vendor, which ${how} after its last word, the end leaves once, and when the record of both is on the disk`, async () => {
    const gateway = world.open({
      vendors: { first: world.vendor.url, second: world.vendor.url },
      account: account => ({ ...account, headers: { 'x-script': account.name } }),
    })
    await world.vendor.script('first', [{ status: 200, headers: { 'content-type': 'text/event-stream' } }])
    await world.vendor.script('second', [...chat({ paceMs: 5 }), { wait: 20 }, ...after])
    const disk = slowDisk(gateway)
    const pieces: Uint8Array[] = []
    const reading = readInto(pieces, post(gateway, 'chat/completions', ASK))
    while (disk.records.length === 0 || pieces.length === 0) await Bun.sleep(2)
    await Bun.sleep(LONG_MS)
    expect(Buffer.concat(pieces).toString()).not.toContain('[DONE]')
    disk.isSynced()
    await reading
    expect(Buffer.concat(pieces).toString().split('data: [DONE]\n\n')).toEqual([expect.any(String), ''])
    expect(disk.records).toMatchObject([{ outcome: 'ok', usageSource: 'mixed' }])
  })

for (const [what, path, body, steps] of [
  ['a chat', 'chat/completions', WHOLE, chat({ stream: false })],
  ['a message', 'messages', MESSAGES, [JSON_HEAD, { text: JSON.stringify(MESSAGE) }]],
] as const)
  test(`of ${what} that is not streamed nothing leaves before its record is on the disk`, async () => {
    const name = path === 'messages' ? 'anthropic' : 'acme'
    const gateway = startMixed({ vendors: { [name]: world.vendor.url } })
    await world.vendor.script('m-2026-01', [...steps])
    const disk = slowDisk(gateway)
    let isAnswered = false
    const answering = post(gateway, path, body).then(response => {
      isAnswered = true
      return response
    })
    while (disk.records.length === 0) await Bun.sleep(2)
    await Bun.sleep(LONG_MS)
    expect(isAnswered).toBe(false)
    disk.isSynced()
    expect((await answering).status).toBe(200)
    await gateway.stop()
  })

const unavailable = () => {
  throw new GatewayError('usage_store_unavailable', 'Usage cannot be recorded.')
}

for (const [how, options] of [
  ['a stream', { dispatch: unavailable, stream: true }],
  ['unary', { dispatch: unavailable }],
  ['a stream, as it was to leave', { handOver: unavailable, stream: true }],
  ['unary, as it was to leave', { handOver: unavailable }],
  ['by fetch, as it was to leave', { handOver: unavailable, transport: 'fetch' }],
] as const)
  test(`no vendor hears of a request that cannot be written down before (${how})`, async () => {
    const { stream = false, transport, ...shut } = { stream: false, transport: undefined, ...options }
    const gateway = world.open({
      vendors: { acme: world.vendor.url, other: world.vendor.url },
      account: vendor => ({ ...vendor, ...(transport && { transport }) }),
      ...shut,
    })
    const response = await gateway.chat({ ...ASK, stream })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({
      error: { code: 'usage_store_unavailable', type: 'server_error' },
    })
    expect(await world.vendor.calls()).toEqual([])
    expect(await gateway.record()).toMatchObject({
      outcome: 'rejected',
      status: 503,
      costPicoUsd: 0n,
      usage: null,
      attempts: [],
    })
    // It was none of the vendor's faults.
    expect(gateway.health.cooling).toBe(0)
  })

for (const [what, code, shut] of [
  ['F10: where no further record has room', 'usage_store_unavailable', { canRecord: () => false }],
  ['F14: where memory is short', 'overloaded', { memory: { isShort: true } }],
] as const)
  test(`${what} a stream that was begun goes on to its end, and a new request is a 503 that no vendor hears of`, async () => {
    const gateway = world.open({ vendors: { acme: world.vendor.url } })
    const steps = chat()
    const half = steps.length >> 1
    await world.vendor.script('m-2026-01', [...steps.slice(0, half), { gate: 'rest' }, ...steps.slice(half)])
    const open = await gateway.chat(ASK)
    Object.assign(gateway.limits, shut)
    const refused = await gateway.chat(ASK)
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(await refused.json()).toMatchObject({ error: { type: 'server_error', param: null, code } })
    expect(await gateway.record()).toMatchObject({ outcome: 'rejected', errorCode: code, costPicoUsd: 0n })
    await world.vendor.open('rest')
    expect(await open.text()).toEndWith('data: [DONE]\n\n')
    expect(await gateway.record(2)).toMatchObject({ outcome: 'ok', usageSource: 'vendor' })
    expect(await world.vendor.calls()).toHaveLength(1)
  })
