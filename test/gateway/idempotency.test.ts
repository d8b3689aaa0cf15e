import { afterAll, afterEach, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { watchKeys } from '../../src/gateway/watch-keys'
import { newId } from '../../src/lib/id'
import { anyCaller } from '../auth/any-caller'
import { type FreshDatabase, freshDatabase, hasRealServer } from '../postgres'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, line, STREAM_HEAD } from './stream-text'

setDefaultTimeout(30_000)

let vendor: Vendor
let fresh: FreshDatabase
let gateway: TestGateway
let elsewhere: TestGateway

beforeAll(async () => {
  vendor = await startVendor()
  fresh = await freshDatabase(hasRealServer ? 'real' : 'embedded')
  const options = { vendors: { acme: vendor.url }, database: fresh.db }
  gateway = startGateway(options)
  elsewhere = startGateway(options)
  elsewhere.keyring.put(gateway.caller)
})
afterAll(async () => {
  for (const { deps, stop } of [gateway, elsewhere]) {
    await deps.replays.stop()
    await stop()
  }
  await fresh.close()
  await vendor.stop()
})
afterEach(async () => {
  await vendor.clear()
  for (const each of [gateway, elsewhere]) await each.forgetRecords()
})

const HEAD = ['content-type', 'cache-control', 'x-accel-buffering']

function ask(
  idempotencyKey: string,
  body: object = {},
  to = gateway,
  init: RequestInit = {},
  key = gateway.key,
) {
  return fetch(`${to.url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify({ ...ASK, stream: false, ...body }),
    ...init,
  })
}
async function whole(response: Response) {
  const { status, headers } = response
  return { status, head: HEAD.map(name => headers.get(name)), text: await response.text() }
}
const callCount = async () => (await vendor.calls()).length
const codeOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string } }).error.code

for (const [name, body] of [
  ['an answer', {}],
  ['a stream', { stream: true }],
  ['a stream with usage', { stream: true, stream_options: { include_usage: true } }],
] as const)
  test(`${name} is given again byte for byte, on every process: one call to the vendor, one charge`, async () => {
    const idempotencyKey = newId()
    await vendor.script('m-2026-01', chat({ stream: 'stream' in body, tokens: 40, paceMs: 1 }))
    const first = await whole(await ask(idempotencyKey, body))
    expect(first.status).toBe(200)
    for (const to of [gateway, elsewhere, gateway]) {
      const again = await ask(idempotencyKey, body, to)
      const id = again.headers.get('x-request-id')
      expect(again.headers.get('x-callmissed-request-id')).toBe(id)
      expect(await whole(again)).toEqual(first)
      expect(to.records.at(-1)).toMatchObject({
        requestId: id,
        outcome: 'ok',
        status: 200,
        vendor: null,
        usage: null,
        usageSource: null,
        costPicoUsd: 0n,
        attempts: [],
      })
    }
    expect(await callCount()).toBe(1)
    const costs = [...gateway.records, ...elsewhere.records].map(({ costPicoUsd }) => costPicoUsd)
    expect(costs.filter(cost => cost > 0n)).toHaveLength(1)
  })

test('who comes while the first one runs waits for it, also on another process', async () => {
  const idempotencyKey = newId()
  await vendor.script('m-2026-01', [{ wait: 400 }, ...chat({ stream: false })])
  const answers = [ask(idempotencyKey)]
  await vendor.waitForCall('m-2026-01')
  answers.push(ask(idempotencyKey), ask(idempotencyKey, {}, elsewhere))
  const texts = await Promise.all(answers.map(async answer => (await whole(await answer)).text))
  expect(new Set(texts).size).toBe(1)
  expect(await callCount()).toBe(1)
})

test('T81 another body is a permanent 409, recorded as rejected; another caller is another request', async () => {
  const idempotencyKey = newId()
  await (await ask(idempotencyKey)).text()
  await gateway.forgetRecords()
  const refused = await ask(idempotencyKey, { temperature: 1 })
  expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([409, 'false'])
  expect(await codeOf(refused)).toBe('idempotency_mismatch')
  expect(await gateway.record()).toMatchObject({
    outcome: 'rejected',
    errorCode: 'idempotency_mismatch',
    costPicoUsd: 0n,
  })
  const other = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  gateway.keyring.put(anyCaller(other, { tenantId: gateway.caller.tenantId }))
  expect((await ask(idempotencyKey, { temperature: 1 }, gateway, {}, other)).status).toBe(200)
  expect(await callCount()).toBe(2)
})

test('T81 a key of more than 255 characters, or none at all, is a 400 that names the header', async () => {
  for (const key of ['x'.repeat(256), '']) {
    const refused = await ask(key)
    expect(refused.status).toBe(400)
    expect(((await refused.json()) as { error: object }).error).toMatchObject({
      code: 'invalid_value',
      param: 'Idempotency-Key',
    })
  }
  expect((await ask('y'.repeat(255))).status).toBe(200)
})

const FAILURES: Record<string, { steps: Step[]; body?: object; status: number }> = {
  'a refusal by the vendor': {
    steps: [
      { status: 400, headers: { 'content-type': 'application/json' } },
      { text: '{"error":{"message":"no"}}' },
    ],
    status: 400,
  },
  'a failure of the vendor': {
    steps: [
      { status: 500, headers: { 'content-type': 'application/json' } },
      { text: '{"error":{"message":"no"}}' },
    ],
    status: 502,
  },
  'a stream that was cut short': {
    steps: chat({ tokens: 9, cut: { after: 3, how: 'reset' } }),
    body: { stream: true },
    status: 200,
  },
}
for (const [name, { steps, body = {}, status }] of Object.entries(FAILURES))
  test(`${name} is not kept: the next one runs afresh`, async () => {
    const idempotencyKey = newId()
    await vendor.script('m-2026-01', steps, chat({ stream: 'stream' in body }))
    const first = await ask(idempotencyKey, body)
    expect(first.status).toBe(status)
    await first.text()
    const second = await whole(await ask(idempotencyKey, body))
    expect(second.status).toBe(200)
    expect(second.text).not.toContain('"error"')
    expect(await callCount()).toBe(2)
    expect(await whole(await ask(idempotencyKey, body))).toEqual(second)
  })

test('a request that is refused before a vendor is called holds nothing up', async () => {
  const idempotencyKey = newId()
  expect((await ask(idempotencyKey, { model: 'nothing' })).status).toBe(404)
  expect((await ask(idempotencyKey, { messages: [] })).status).toBe(400)
  expect((await ask(idempotencyKey)).status).toBe(200)
})

test('a caller who leaves a stream that is closed for it finds it begun afresh', async () => {
  const idempotencyKey = newId()
  const controller = new AbortController()
  await vendor.script(
    'm-2026-01',
    [STREAM_HEAD, { chunk: line({ content: 'a' }) }, { stall: true }],
    chat({ tokens: 3 }),
  )
  const first = await ask(idempotencyKey, { stream: true }, gateway, { signal: controller.signal })
  await first.body!.getReader().read()
  controller.abort()
  const second = await whole(await ask(idempotencyKey, { stream: true }))
  expect(second.text).toEndWith('data: [DONE]\n\n')
  expect(await callCount()).toBe(2)
})

test('a caller who leaves a stream that is read to its end all the same finds it whole, for one charge', async () => {
  const drained = startGateway({
    vendors: { acme: vendor.url },
    database: fresh.db,
    account: account => ({ ...account, onDisconnect: 'drain' }),
  })
  drained.keyring.put(gateway.caller)
  const idempotencyKey = newId()
  const controller = new AbortController()
  await vendor.script('m-2026-01', chat({ tokens: 30, paceMs: 10 }))
  const first = await ask(idempotencyKey, { stream: true }, drained, { signal: controller.signal })
  await first.body!.getReader().read()
  controller.abort()
  const again = await whole(await ask(idempotencyKey, { stream: true }, drained))
  expect(again.text).toContain('word29')
  expect(again.text).toEndWith('data: [DONE]\n\n')
  expect(await callCount()).toBe(1)
  expect(drained.records.filter(({ costPicoUsd }) => costPicoUsd > 0n)).toHaveLength(1)
  expect(drained.records[0]).toMatchObject({ outcome: 'cancelled', usageSource: 'drained' })
  await drained.deps.replays.stop()
  await drained.stop()
})

test('an answer of more than 4 MiB reaches its caller and is not given again', async () => {
  const idempotencyKey = newId()
  const words = Array.from({ length: 50 }, () => 'x'.repeat(100_000))
  await vendor.script('m-2026-01', chat({ tokens: words }))
  const first = await whole(await ask(idempotencyKey, { stream: true }))
  expect(first.text.length).toBeGreaterThan(5_000_000)
  const refused = await ask(idempotencyKey, { stream: true })
  expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([409, 'false'])
  expect(await codeOf(refused)).toBe('idempotency_expired')
  expect(await callCount()).toBe(1)
})

test('neither prompt, answer, idempotency key nor secret stands in the store', async () => {
  const idempotencyKey = `order-${newId()}`
  await vendor.script('m-2026-01', chat({ stream: false, tokens: ['canary answer'] }))
  await (await ask(idempotencyKey, { messages: [{ role: 'user', content: 'canary prompt' }] })).text()
  // It is stored once the next one can have it.
  await (await ask(idempotencyKey, { messages: [{ role: 'user', content: 'canary prompt' }] })).text()
  const rows = await fresh.db.sql`SELECT t::text AS row, answer FROM idempotency AS t`
  expect(rows.length).toBeGreaterThan(0)
  const all = rows
    .map(({ row, answer }) => `${row}${answer ? Buffer.from(answer).toString('latin1') : ''}`)
    .join()
  for (const secret of ['canary', idempotencyKey, gateway.key]) expect(all).not.toContain(secret)
})

test('who waits is told as soon as its key is revoked', async () => {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  const caller = anyCaller(key)
  gateway.keyring.put(caller)
  watchKeys(gateway.deps)
  await vendor.script('m-2026-01', [{ stall: true }])
  const idempotencyKey = newId()
  const controller = new AbortController()
  const first = ask(idempotencyKey, {}, gateway, { signal: controller.signal }, key).catch(() => undefined)
  await vendor.waitForCall('m-2026-01')
  const second = ask(idempotencyKey, {}, gateway, {}, key)
  while (gateway.live.size < 2) await Bun.sleep(5)
  gateway.keyring.put({ ...caller, version: 2, revokedAt: Date.now() })
  const refused = await second
  expect([refused.status, await codeOf(refused)]).toEqual([401, 'key_revoked'])
  controller.abort()
  await first
})

test('with the store away a request with a key is refused, one without is not', async () => {
  const alone = startGateway({ vendors: { acme: vendor.url } })
  const refused = await ask(newId(), {}, alone, {}, alone.key)
  expect(refused.status).toBe(503)
  expect(await codeOf(refused)).toBe('store_unavailable')
  expect(await callCount()).toBe(0)
  expect((await alone.chat({ ...ASK, stream: false })).status).toBe(200)
  await alone.stop()
})
