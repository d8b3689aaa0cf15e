import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import type { Caller } from '../../src/auth/caller'
import { hashKey, newKey } from '../../src/auth/key-format'
import { Keyring } from '../../src/auth/keyring'
import { toScopes } from '../../src/auth/scope'
import { GatewayError } from '../../src/errors'
import { watchKeys } from '../../src/gateway/watch-keys'
import { newId } from '../../src/lib/id'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, chunksOf } from './stream-text'

const STALLED = chat({ tokens: ['a', 'b'], cut: { after: 2, how: 'stall' } })

let vendor: Vendor
let gateway: TestGateway
let date: number
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => {
  date = Date.now()
  const clock = { now: () => performance.now(), date: () => date }
  gateway = startGateway({ vendors: { acme: vendor.url }, models: ['m', 'z'], clock, patienceMs: 60_000 })
  watchKeys(gateway.deps)
})
afterEach(async () => {
  await gateway.stop()
  await vendor.clear()
})

/** A stream that has begun and will never end by itself. */
async function open(model = 'm') {
  await vendor.script(`${model}-2026-01`, STALLED)
  const response = await gateway.chat({ ...ASK, model })
  expect(response.status).toBe(200)
  const reader = response.body!.getReader()
  const decoder = new TextDecoder()
  let text = ''
  const until = async (wanted: string | 'end') => {
    while (wanted === 'end' || !text.includes(wanted)) {
      const { done, value } = await reader.read()
      if (done) return text
      text += decoder.decode(value, { stream: true })
    }
    return text
  }
  await until('"b"')
  return { until, leave: () => reader.cancel() }
}

const change = (fields: Partial<Caller>): Caller => ({ ...gateway.caller, version: 2, ...fields })

async function expectCut(stream: Awaited<ReturnType<typeof open>>, code: string) {
  const startedAt = performance.now()
  const text = await stream.until('end')
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(chunksOf(text).at(-1)?.error).toMatchObject({ code })
  expect(text).toEndWith('}}\n\ndata: [DONE]\n\n')
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    status: 200,
    errorCode: code,
    usageSource: 'tokenizer',
  })
  expect(gateway.records[0]!.costPicoUsd > 0n).toBe(true)
  expect([gateway.live.size, gateway.limits.inFlight]).toEqual([0, 0])
  const { id } = await vendor.waitForCall('m-2026-01')
  await vendor.waitForClosed(id)
}

const LOWERED: [statement: string, fields: () => Partial<Caller>, code: string][] = [
  ['is revoked', () => ({ revokedAt: date }), 'key_revoked'],
  ['gets an end that has passed', () => ({ expiresAt: date - 1 }), 'key_expired'],
  ['is only valid later', () => ({ notBefore: date + 60_000 }), 'key_not_yet_valid'],
  ['loses the scope', () => ({ scopes: toScopes(['stt']) }), 'scope_not_allowed'],
  ['loses the model', () => ({ models: ['z', 'm?'] }), 'model_not_allowed'],
]

for (const [statement, fields, code] of LOWERED)
  test(`a stream whose key ${statement} is cut with ${code}, and accounted`, async () => {
    const stream = await open()
    gateway.keyring.put(change(fields()))
    await expectCut(stream, code)
  })

test('a stream that crosses the end of its key is cut', async () => {
  gateway.keyring.put(change({ expiresAt: date + 60_000 }))
  const stream = await open()
  await Bun.sleep(300)
  expect(gateway.live.size).toBe(1)
  date += 60_000
  await expectCut(stream, 'key_expired')
})

test('a stream that was opened with the secret before a rotation is cut when its grace is over', async () => {
  const stream = await open()
  const old = change({ expiresAt: date + 60_000 })
  gateway.keyring.put(change({ hash: hashKey('new') }), old)
  await Bun.sleep(300)
  expect(gateway.live.size).toBe(1)
  date += 60_000
  await expectCut(stream, 'key_expired')
})

test('a key that is gone from the store is revoked', async () => {
  const stream = await open()
  gateway.keyring.forget(gateway.caller.keyId)
  await expectCut(stream, 'key_revoked')
})

test('a change that takes nothing from a stream leaves it alone, and other keys’ streams too', async () => {
  const stream = await open()
  const other = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  gateway.keyring.put(change({ models: ['m*'], scopes: toScopes(['llm']), expiresAt: date + 60_000 }))
  gateway.keyring.put({ ...gateway.caller, keyId: newId(), hash: hashKey(other), revokedAt: date })
  await Bun.sleep(600)
  expect([gateway.live.size, gateway.records.length]).toEqual([1, 0])
  await stream.leave()
})

test('a store that is away cuts no stream of a key that memory has lost', async () => {
  await gateway.stop()
  gateway = startGateway({ vendors: { acme: vendor.url }, patienceMs: 60_000 })
  let asked = 0
  const keyring = new Keyring({
    clock: gateway.deps.clock,
    find: async () => {
      asked++
      throw new GatewayError('store_unavailable', 'away')
    },
    adminKey: undefined,
  })
  watchKeys({ ...gateway.deps, keyring })
  const stream = await open()
  await Bun.sleep(600)
  expect(asked).toBeGreaterThan(0)
  expect([gateway.live.size, gateway.records.length]).toEqual([1, 0])
  await stream.leave()
})

test('a request that waits for its vendor is told with a status, and its vendor is hung up on', async () => {
  for (const stream of [true, false]) {
    await vendor.clear()
    await vendor.script('m-2026-01', [{ stall: true }])
    gateway.keyring.put(change({ version: 3 }))
    const asking = gateway.chat({ ...ASK, stream })
    const { id } = await vendor.waitForCall('m-2026-01')
    gateway.keyring.put(change({ version: 3, revokedAt: date }))
    const response = await asking
    const { error } = (await response.json()) as { error: { code: string } }
    expect([stream, response.status, error.code]).toEqual([stream, 401, 'key_revoked'])
    await vendor.waitForClosed(id)
    expect(await gateway.record(stream ? 1 : 2)).toMatchObject({ outcome: 'error', errorCode: 'key_revoked' })
  }
})

test('an answer that is read to its end without its caller is not cut: its vendor bills on', async () => {
  await gateway.stop()
  gateway = startGateway({
    vendors: { acme: vendor.url },
    account: account => ({ ...account, onDisconnect: 'drain' }),
  })
  watchKeys(gateway.deps)
  await vendor.script('m-2026-01', chat({ tokens: ['a', 'b', 'c', 'd', 'e', 'f'], paceMs: 150 }))
  const response = await gateway.chat(ASK)
  const reader = response.body!.getReader()
  await reader.read()
  await reader.cancel()
  await Bun.sleep(50)
  gateway.keyring.put(change({ revokedAt: Date.now() }))
  expect(await gateway.record()).toMatchObject({ outcome: 'cancelled', usageSource: 'drained' })
})
