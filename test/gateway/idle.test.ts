import { afterAll, beforeAll, expect, spyOn, test } from 'bun:test'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, contentOf } from './stream-text'

/** Bun looks every 4 s whom it has not heard of for the idle time: beyond this it would have cut. */
const SILENCE_MS = 5_000

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  const serve = Bun.serve.bind(Bun)
  const impatient = spyOn(Bun, 'serve').mockImplementation(((options: object) =>
    serve({ ...options, idleTimeout: 1 } as Parameters<typeof serve>[0])) as typeof Bun.serve)
  gateway = startGateway({
    vendors: { acme: vendor.url },
    models: ['before', 'during', 'whole'],
    patienceMs: 60_000,
  })
  impatient.mockRestore()
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})

test('F46: no idle time of the server cuts a model that thinks: before, in, or without a stream', async () => {
  await vendor.script('before-2026-01', chat({ tokens: ['done'], firstMs: SILENCE_MS }))
  await vendor.script('during-2026-01', chat({ tokens: ['do', 'ne'], paceMs: SILENCE_MS / 2 }))
  await vendor.script('whole-2026-01', chat({ stream: false, tokens: ['done'], firstMs: SILENCE_MS }))
  const ask = async (model: string, stream: boolean) => (await gateway.chat({ ...ASK, model, stream })).text()
  const [before, during, whole] = await Promise.all([
    ask('before', true),
    ask('during', true),
    ask('whole', false),
  ])
  expect([contentOf(before), contentOf(during), JSON.parse(whole).choices[0].message.content]).toEqual([
    'done',
    'done',
    'done',
  ])
}, 15_000)
