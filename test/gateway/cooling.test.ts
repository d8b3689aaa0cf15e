import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { type Clock, systemClock } from '../../src/lib/clock'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK } from './stream-text'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => {
  gateway = start(['first', 'second'])
})
afterEach(async () => {
  await gateway.stop()
  await vendor.clear()
})

function start(names: string[], clock: Clock = systemClock): TestGateway {
  return startGateway({
    clock,
    vendors: Object.fromEntries(names.map(name => [name, vendor.url])),
    account: account => ({ ...account, headers: { 'x-script': account.name } }),
  })
}

const fail = (status: number, headers: Record<string, string> = {}): Step[] => [
  { status, headers: { 'content-type': 'application/json', ...headers } },
  { text: '{"error":{"message":"no"}}' },
]

/** Asks so many times, one after another; the statuses that the callers got. */
async function ask(times: number): Promise<number[]> {
  const statuses: number[] = []
  for (let time = 0; time < times; time++) {
    const response = await gateway.chat(ASK)
    await response.text()
    statuses.push(response.status)
  }
  return statuses
}
const callsOf = async (name: string) => (await vendor.calls(name)).length

test('a deployment that failed three times in a row is set aside', async () => {
  await vendor.script('first', fail(500))
  await vendor.script('second', chat())
  expect(await ask(5)).toEqual([200, 200, 200, 200, 200])
  expect([await callsOf('first'), await callsOf('second')]).toEqual([3, 5])
})

test('a success between failures keeps a deployment', async () => {
  await vendor.script('first', fail(500), fail(500), chat(), fail(500), fail(500), chat())
  await vendor.script('second', chat())
  await ask(6)
  expect(await callsOf('first')).toBe(6)
})

test('a vendor that asks for time gets it at once, and is asked again after it', async () => {
  await gateway.stop()
  let aheadMs = 0
  gateway = start(['first', 'second'], { ...systemClock, now: () => systemClock.now() + aheadMs })
  await vendor.script('first', fail(429, { 'retry-after-ms': '600000' }), chat())
  await vendor.script('second', chat())
  await ask(2)
  expect([await callsOf('first'), await callsOf('second')]).toEqual([1, 2])
  aheadMs = 600_000
  await ask(1)
  expect([await callsOf('first'), await callsOf('second')]).toEqual([2, 2])
})

test('F49: a vendor that refuses our account is set aside at once', async () => {
  await vendor.script('first', fail(401))
  await vendor.script('second', chat())
  await ask(3)
  expect(await callsOf('first')).toBe(1)
})

test('a refusal of the request says nothing about the deployment', async () => {
  await vendor.script('first', fail(400))
  expect(await ask(5)).toEqual([400, 400, 400, 400, 400])
  expect(await callsOf('first')).toBe(5)
})

test('when every deployment is cooling the answer is 503 with a time, and no vendor is asked', async () => {
  await vendor.script('first', fail(401))
  await vendor.script('second', fail(401))
  expect(await ask(1)).toEqual([502])
  const response = await gateway.chat(ASK)
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  expect(((await response.json()) as { error: { code: string } }).error.code).toBe('upstream_unavailable')
  expect([await callsOf('first'), await callsOf('second')]).toEqual([1, 1])
  expect((await gateway.record(2)).outcome).toBe('rejected')
})

test('a model’s only deployment is asked every time', async () => {
  await gateway.stop()
  gateway = start(['first'])
  await vendor.script('first', fail(429, { 'retry-after': '60' }))
  expect(await ask(5)).toEqual([429, 429, 429, 429, 429])
  expect(await callsOf('first')).toBe(5)
})
