import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'bun:test'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { startVendor, type Vendor } from '../vendor/start'
import { CREDENTIAL } from './catalog-of'
import { startGateway, type TestGateway } from './start-gateway'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(async () => {
  await vendor.clear()
  gateway = startGateway({
    vendors: { gemini: vendor.url },
    deployment: 'gemini-2.5-flash',
    capabilities: ['streaming', 'vision'],
    account: ({ baseUrl }) => ({
      name: 'gemini',
      dialect: 'gemini',
      conforms: false,
      baseUrl,
      credential: CREDENTIAL,
      headers: {},
      onDisconnect: 'drain',
      timeouts: DEFAULT_TIMEOUTS,
    }),
  })
})
afterEach(() => gateway.stop())

const chatWith = (url: string) => ({
  body: JSON.stringify({
    model: 'm',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image_url', image_url: { url } },
        ],
      },
    ],
  }),
})

test.each([
  'https://127.0.0.1/cat.png',
  'https://[::1]/cat.png',
  'https://169.254.169.254/latest/meta-data/',
  'http://images.example/cat.png',
  'https://user:secret@images.example/cat.png',
])('%s is not fetched for a vendor that reads no addresses, and the vendor is not asked', async url => {
  const response = await gateway.chat('', chatWith(url))
  const { error } = (await response.json()) as { error: Record<string, unknown> }
  expect(response.status).toBe(400)
  expect(error).toMatchObject({ code: 'invalid_value', param: 'messages[0].content[1].image_url.url' })
  expect(JSON.stringify(error)).not.toContain('secret')
  expect(await vendor.calls()).toEqual([])
  expect(await gateway.record()).toMatchObject({ outcome: 'rejected', costPicoUsd: 0n })
})

test('an address that the vendor reads itself goes to it as it is', async () => {
  await vendor.script('/v1/models/gemini-2.5-flash:generateContent', [
    { status: 200, headers: { 'content-type': 'application/json' } },
    {
      text: JSON.stringify({
        candidates: [{ content: { parts: [{ text: 'A cat.' }] }, finishReason: 'STOP' }],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 2, totalTokenCount: 7 },
      }),
    },
  ])
  const response = await gateway.chat('', chatWith('gs://bucket/cat.png'))
  expect(response.status).toBe(200)
  const [call] = await vendor.calls()
  expect(call?.body?.toString()).toContain('"fileUri":"gs://bucket/cat.png"')
})
