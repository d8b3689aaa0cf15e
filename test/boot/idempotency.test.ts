import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { newId } from '../../src/lib/id'
import { createDatabase, hasRealServer, realServer } from '../postgres'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { makeKey, records } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'
import { configureVendor } from './vendor-config'

setDefaultTimeout(60_000)

const ADMIN_KEY = 'cm_adm_of_these_tests_0123456789abcdefgh'
const UPSTREAM = 'acme-large-2026-01'
let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(async () => {
  await stopEverything()
  await vendor.stop()
})

async function start(databaseUrl: string): Promise<ServingGateway> {
  const dataDir = join(temporaryFolder(), 'data')
  await configureVendor(dataDir, vendor.url)
  const env = { DATABASE_URL: databaseUrl, CALLMISSED_ADMIN_KEY: ADMIN_KEY, ACME_KEY: 'sk-acme' }
  return startGateway(dataDir, { env })
}

async function pair(): Promise<{
  one: ServingGateway
  other: ServingGateway
  key: string
  databaseUrl: string
}> {
  await vendor.clear()
  const databaseUrl = await createDatabase((await realServer())!)
  const [one, other] = (await Promise.all([start(databaseUrl), start(databaseUrl)])) as [
    ServingGateway,
    ServingGateway,
  ]
  const { key } = await makeKey(one, ADMIN_KEY)
  return { one, other, key, databaseUrl }
}

function ask({ url }: ServingGateway, key: string, idempotencyKey: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify({ model: 'acme-large', stream: true, messages: [{ role: 'user', content: 'hi' }] }),
  })
}

describe.skipIf(!hasRealServer)('two processes on one database', () => {
  test('T81 one call and one charge, whoever is asked and however often at once', async () => {
    const { one, other, key } = await pair()
    await vendor.script(UPSTREAM, chat({ tokens: 30, paceMs: 20 }))
    const idempotencyKey = newId()
    const all = await Promise.all(
      Array.from({ length: 10 }, async (_, at) =>
        (await ask(at % 2 ? one : other, key, idempotencyKey)).text(),
      ),
    )
    expect(new Set(all).size).toBe(1)
    expect(all[0]).toEndWith('data: [DONE]\n\n')
    expect(await vendor.calls()).toHaveLength(1)
    const found = await records(one, ADMIN_KEY, 10, 10_000)
    expect(found.filter(({ cost_usd }) => cost_usd !== '0')).toHaveLength(1)
    expect(found.filter(({ outcome, vendor: asked }) => outcome === 'ok' && asked === null)).toHaveLength(9)
  })

  test('T81 who waits for a process that is killed runs afresh, and both calls are recorded', async () => {
    const { one, other, key } = await pair()
    await vendor.script(UPSTREAM, chat({ tokens: 2_000, paceMs: 50 }), chat({ tokens: 3 }))
    const idempotencyKey = newId()
    const reader = (await ask(one, key, idempotencyKey)).body!.getReader()
    await reader.read()
    const second = ask(other, key, idempotencyKey)
    await Bun.sleep(500)
    expect(await vendor.calls()).toHaveLength(1)
    one.signal('SIGKILL')
    const text = await (await second).text()
    // Held to the end: a body that nobody holds is a caller who left.
    await reader.cancel().catch(() => {})
    expect(text).toContain('word2')
    expect(text).toEndWith('data: [DONE]\n\n')
    expect(await vendor.calls()).toHaveLength(2)
    expect(await (await ask(other, key, idempotencyKey)).text()).toBe(text)
    expect(await vendor.calls()).toHaveLength(2)
  })

  test('what a process that ends in order has answered is there for the next', async () => {
    const { one, other, key } = await pair()
    await vendor.script(UPSTREAM, chat({ tokens: 20, paceMs: 50 }))
    const idempotencyKey = newId()
    const first = await ask(one, key, idempotencyKey)
    one.signal('SIGTERM')
    const text = await first.text()
    expect(text).toEndWith('data: [DONE]\n\n')
    expect(await one.ended(20_000)).toBe(0)
    expect(await (await ask(other, key, idempotencyKey)).text()).toBe(text)
    expect(await vendor.calls()).toHaveLength(1)
  })
})
