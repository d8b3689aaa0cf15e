import { edenGC, fullGC, heapStats } from 'bun:jsc'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK } from './stream-text'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})

/** Callers use `fetch` with an address: each of these is the server's, and holds all that its request had. */
const requestsThere = () => heapStats().objectTypeCounts.Request ?? 0

async function ask(stream: boolean): Promise<void> {
  const response = await gateway.chat({ ...ASK, stream })
  expect(response.status).toBe(200)
  await response.arrayBuffer()
}

for (const stream of [false, true])
  test(`what ${stream ? 'streamed' : 'whole'} requests leave behind goes with the next collection of what is young`, async () => {
    await vendor.script('m-2026-01', chat({ stream }))
    await ask(stream)
    fullGC()
    const before = requestsThere()
    for (let round = 0; round < 5; round++) {
      for (let group = 0; group < 10; group++)
        await Promise.all(Array.from({ length: 32 }, () => ask(stream)))
      edenGC()
    }
    // Of 1,600. Where those under way or what ticks for them are in a Set, nearly all wait for a collection of everything.
    expect(requestsThere() - before).toBeLessThan(400)
  }, 60_000)
