import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { join } from 'node:path'
import { createDatabase, hasRealServer, realServer } from '../postgres'
import { chat } from './chat'
import { makeKey, manage } from './management'
import { type ServingGateway, startGateway, stopEverything, temporaryFolder } from './start-process'

setDefaultTimeout(60_000)
afterAll(stopEverything)

const ADMIN_KEY = 'cm_adm_of_these_tests_0123456789abcdefgh'
const LONG = 'demo:tokens=3000 demo:pace=20ms'
const SHORT = 'demo:tokens=1 demo:pace=0ms'

async function start(count: number): Promise<ServingGateway[]> {
  const env = {
    DATABASE_URL: await createDatabase((await realServer())!),
    CALLMISSED_ADMIN_KEY: ADMIN_KEY,
    DEMO: '1',
  }
  return Promise.all(
    Array.from({ length: count }, () => startGateway(join(temporaryFolder(), 'data'), { env })),
  )
}

async function limited(gateway: ServingGateway, limits: object): Promise<{ id: string; key: string }> {
  const made = await makeKey(gateway, ADMIN_KEY)
  await manage(gateway, ADMIN_KEY, `/keys/${made.id}`, { method: 'PATCH', body: { limits } })
  return made
}

async function isLetIn(gateway: ServingGateway, key: string): Promise<boolean> {
  const response = await chat(gateway, SHORT, { key })
  await response.text()
  expect([200, 429]).toContain(response.status)
  return response.status === 200
}

async function open(gateway: ServingGateway, key: string): Promise<Response | undefined> {
  const response = await chat(gateway, LONG, { key, stream: true })
  if (response.status === 200) return response
  await response.text()
  return undefined
}

async function within(ms: number, isSo: () => Promise<boolean>): Promise<boolean> {
  for (const until = performance.now() + ms; performance.now() < until; await Bun.sleep(100))
    if (await isSo()) return true
  return false
}

describe.skipIf(!hasRealServer)('three processes on one database', () => {
  test('let through no more requests a minute than one would, and all of them', async () => {
    const gateways = await start(3)
    const { key } = await limited(gateways[0]!, { rpm: 30 })
    // The key is known everywhere, and so is its limit.
    await within(5_000, async () => {
      const answers = await Promise.all(
        gateways.map(({ url }) => fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })),
      )
      return answers.every(({ ok }) => ok)
    })
    await Bun.sleep(1_000)
    const startedAt = performance.now()
    let admitted = 0
    let tries = 0
    for (const until = startedAt + 8_000; performance.now() < until; ) {
      const burst = gateways.flatMap(gateway => Array.from({ length: 10 }, () => isLetIn(gateway, key)))
      const answers = await Promise.all(burst)
      admitted += answers.filter(Boolean).length
      tries += answers.length
      await Bun.sleep(20)
    }
    const elapsedMs = performance.now() - startedAt
    expect(tries).toBeGreaterThan(60)
    expect(admitted).toBeLessThanOrEqual(30 + Math.floor((30 * elapsedMs) / 60_000))
    expect(admitted).toBeGreaterThanOrEqual(30)
  })

  test('a process that is killed takes nothing with it for longer than its lease', async () => {
    const gateways = await start(2)
    const [one, other] = gateways as [ServingGateway, ServingGateway]
    const { key } = await limited(one, { concurrency: 2 })
    await within(
      3_000,
      async () => (await fetch(`${other.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).ok,
    )
    await Bun.sleep(1_000)
    const held: (Response | undefined)[] = []
    await within(10_000, async () => {
      held.push(await open(one, key))
      return held.filter(Boolean).length === 2
    })
    expect(held.filter(Boolean)).toHaveLength(2)
    expect(await open(other, key)).toBeUndefined()
    one.signal('SIGKILL')
    await one.ended()
    const again: Response[] = []
    expect(
      await within(20_000, async () => {
        const response = await open(other, key)
        if (response) again.push(response)
        return again.length === 2
      }),
    ).toBe(true)
    expect(await open(other, key)).toBeUndefined()
    for (const response of again) await response.body?.cancel()
  })

  test('a process that ends in order gives back at once', async () => {
    const [one, other] = (await start(2)) as [ServingGateway, ServingGateway]
    const { key } = await limited(one, { rpm: 4 })
    await Bun.sleep(1_500)
    expect(await isLetIn(one, key)).toBe(true)
    one.signal('SIGTERM')
    expect(await one.ended()).toBe(0)
    let admitted = 0
    for (let time = 0; time < 6; time++) if (await isLetIn(other, key)) admitted++
    expect(admitted).toBe(3)
  })

  test('a changed limit holds on every process soon', async () => {
    const gateways = await start(2)
    const { id, key } = await limited(gateways[0]!, { concurrency: 1 })
    await within(3_000, async () => {
      const seen = await Promise.all(gateways.map(gateway => isLetIn(gateway, key)))
      return seen.every(Boolean)
    })
    const held = await within(5_000, async () => (await open(gateways[0]!, key)) !== undefined)
    expect(held).toBe(true)
    expect(await isLetIn(gateways[1]!, key)).toBe(false)
    await manage(gateways[0]!, ADMIN_KEY, `/keys/${id}`, { method: 'PATCH', body: { limits: null } })
    expect(await within(3_000, () => isLetIn(gateways[1]!, key))).toBe(true)
    await manage(gateways[0]!, ADMIN_KEY, `/keys/${id}`, { method: 'PATCH', body: { limits: { rpm: 1 } } })
    let refused = 0
    await within(3_000, async () => {
      const answers = await Promise.all(gateways.map(gateway => isLetIn(gateway, key)))
      refused = answers.every(isIn => !isIn) ? refused + 1 : 0
      return refused > 3
    })
    expect(refused).toBeGreaterThan(3)
  })
})
