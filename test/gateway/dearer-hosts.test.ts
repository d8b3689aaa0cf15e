import { afterAll, afterEach, expect, test } from 'bun:test'
import { priceOf, USUAL } from '../catalog/price-of'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK } from './stream-text'

/** In dollars for a million tokens: how a vendor that asks others prices one of them. */
interface Host {
  prompt: number
  completion: number
  request?: number
}

interface Asked {
  provider: { max_price?: Record<string, string> }
}

const USAGE = { prompt_tokens: 1_000, completion_tokens: 100, total_tokens: 1_100 }
const EXACT: Host = { prompt: 2.5, completion: 10 }
const DEARER: Host = { prompt: 2.6, completion: 10 }
const TIERED = priceOf({ ...USUAL, tiers: [{ from_input_tokens: 1_000, input: '5', output: '20' }] })

let hosts: Host[] = []
let billedUsd = 0
let asked: Asked[] = []

/** As OpenRouter: the first host that is not dearer than what is allowed answers, and bills at its own price. */
const router = Bun.serve({
  port: 0,
  async fetch(request) {
    const body = (await request.json()) as Asked
    asked.push(body)
    const most = body.provider.max_price ?? {}
    const within = (host: Host) =>
      Object.entries(host).every(([name, price]) => most[name] === undefined || price <= Number(most[name]))
    const host = hosts.find(within)
    if (!host)
      return Response.json(
        { error: { message: 'No endpoints found within the maximum price.', code: 404 } },
        { status: 404 },
      )
    billedUsd += (host.prompt * USAGE.prompt_tokens + host.completion * USAGE.completion_tokens) / 1e6
    billedUsd += host.request ?? 0
    const message = { role: 'assistant', content: 'Hello.' }
    return Response.json({
      id: 'gen-1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage: USAGE,
    })
  },
})

const gateways: TestGateway[] = []
function open(price = priceOf(USUAL)): TestGateway {
  const gateway = startGateway({
    vendors: { openrouter: router.url.href.slice(0, -1) },
    account: given => ({ ...given, dialect: 'openai-compatible', conforms: false }),
    model: { price },
  })
  gateways.push(gateway)
  return gateway
}

afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop()
  hosts = []
  billedUsd = 0
  asked = []
})
afterAll(() => router.stop(true))

const costOf = async (gateway: TestGateway) => Number((await gateway.record()).costPicoUsd) / 1e12

test('T88 of a model’s hosts one answers that bills no more than is charged', async () => {
  hosts = [DEARER, { ...EXACT, completion: 10.001 }, { ...EXACT, request: 0.01 }, EXACT]
  const gateway = open()
  expect((await gateway.chat(ASK)).status).toBe(200)
  expect(await costOf(gateway)).toBeCloseTo(billedUsd, 12)
  expect(billedUsd).toBeCloseTo(0.0035, 12)
})

test('T88 where all hosts are dearer nobody is billed, and the caller hears why', async () => {
  hosts = [DEARER]
  const gateway = open()
  const response = await gateway.chat(ASK)
  expect([response.status, response.headers.get('x-should-retry')]).toEqual([502, 'false'])
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  expect(error.code).toBe('upstream_model_not_found')
  expect(error.message).toContain('No endpoints found within the maximum price.')
  expect([billedUsd, await costOf(gateway)]).toEqual([0, 0])
})

test('T88 a caller who names a dear host does not get it', async () => {
  hosts = [DEARER]
  const provider = { order: ['dear'], max_price: { prompt: '100' } }
  expect((await open().chat({ ...ASK, provider })).status).toBe(502)
  hosts = [EXACT]
  expect((await open().chat({ ...ASK, provider: { max_price: { prompt: 1 } } })).status).toBe(502)
  expect(billedUsd).toBe(0)
})

test('T88 a long prompt lets no host be dearer that would be for a short one', async () => {
  const gateway = open(TIERED)
  hosts = [EXACT]
  for (const content of ['short', 'long '.repeat(2_000)])
    await gateway.chat({ ...ASK, messages: [{ role: 'user', content }] })
  for (const { provider } of asked)
    expect(provider.max_price).toMatchObject({ prompt: '2.500000001', completion: '10.000000001' })
  expect(asked).toHaveLength(2)
})

test('a price by the request is what a host may ask for one', async () => {
  hosts = [{ ...EXACT, request: 0.005 }]
  const gateway = open(priceOf({ ...USUAL, request: '0.005' }))
  expect((await gateway.chat(ASK)).status).toBe(200)
  expect(await costOf(gateway)).toBeCloseTo(billedUsd, 12)
})
