import { expect, test } from 'bun:test'
import type { Vendor as Account } from '../../src/vendors/vendor'
import { priceOf } from '../catalog/price-of'
import { ASK, OSLO, UPSTREAM, usageOf, whole } from './emulated'
import { scriptedWorld } from './scripted'
import type { GatewayOptions } from './start-gateway'

const world = scriptedWorld()
const FAMILY: Partial<Account> = { dialect: 'openai-compatible', conforms: false }
const TOKENS = { input: '2.50', output: '10.00' }
/** What the tokens of a scripted answer cost. */
const TOKENS_PICO = 100n * 2_500_000n + 10n * 10_000_000n
const FEE_PICO = 25_000_000_000n

const FREE = priceOf({ input: '0', output: '0' })
const PRICED = priceOf({ ...TOKENS, request: '0.025' })

const open = (account: Partial<Account>, more: Partial<GatewayOptions> = {}) =>
  world.open({
    vendors: { acme: world.vendor.url },
    account: given => ({ ...given, ...account }),
    ...more,
  })

const SEARCHES: [string, unknown][] = [
  ['web_search_options', {}],
  ['web_search_options', { search_context_size: 'low' }],
  ['search_parameters', { mode: 'auto' }],
  ['enable_search', true],
  ['plugins', [{ id: 'web' }]],
]
/** They say that they ask for nothing, or for nothing that costs. */
const DECLINED: [string, unknown][] = [
  ['web_search_options', null],
  ['search_parameters', { mode: 'off' }],
  ['enable_search', false],
  ['enable_search', 0],
  ['plugins', []],
  ['plugins', [{ id: 'web', enabled: false }, { id: 'response-healing' }]],
]
const DIALECTS: [string, Partial<Account>][] = [
  ['as bytes', {}],
  ['to the family', FAMILY],
]
const along = (members: [string, unknown][]) =>
  DIALECTS.flatMap(([way, account]) => members.map(([name, value]) => [name, value, way, account] as const))

async function refusalOf(response: Response) {
  const { error } = (await response.json()) as { error: { code: string; param: string; message: string } }
  return { status: response.status, ...error }
}

test.each(along(SEARCHES))(
  'T88 a search that nobody has priced is refused: %s %j %s',
  async (name, value, _, account) => {
    for (const more of [{}, { model: { price: FREE } }]) {
      const refusal = await refusalOf(await open(account, more).chat({ ...ASK, [name]: value }))
      expect(refusal).toMatchObject({ status: 400, code: 'unsupported_parameter', param: name })
      expect(refusal.message).toContain('`request` rate')
    }
    expect(await world.vendor.calls()).toEqual([])
  },
)

test.each(along(SEARCHES))(
  'with a price by the request it goes on, and is charged: %s %j %s',
  async (name, value, _, account) => {
    const gateway = open(account, { model: { price: PRICED } })
    await world.vendor.script(UPSTREAM, whole(OSLO))
    const response = await gateway.chat({ ...ASK, [name]: value })
    expect(response.status).toBe(200)
    const [call] = await world.vendor.calls()
    expect(JSON.parse(call!.body!.toString())).toMatchObject({ [name]: value })
    expect((await gateway.record()).costPicoUsd).toBe(TOKENS_PICO + FEE_PICO)
  },
)

test.each(along(DECLINED))(
  'what asks for nothing goes on without a price: %s %j %s',
  async (name, value, _, account) => {
    await world.vendor.script(UPSTREAM, whole(OSLO))
    expect((await open(account).chat({ ...ASK, [name]: value })).status).toBe(200)
  },
)

test('a vendor that has no such thing is not told of it, and the caller is', async () => {
  const gateway = world.open({
    vendors: { mistral: world.vendor.url },
    account: given => ({ ...given, ...FAMILY, name: 'mistral' }),
  })
  await world.vendor.script(UPSTREAM, whole(OSLO))
  const response = await gateway.chat({ ...ASK, enable_search: true, plugins: [{ id: 'web' }] })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-callmissed-dropped-params')).toBe('enable_search, plugins')
})

const BROWSER = { type: 'browser_search' }
const OWN = { type: 'function', function: { name: 'f', parameters: {} } }

test('T88 a tool that the vendor runs is refused where its bytes would pass, unless a price pays for it', async () => {
  const ask = { ...ASK, tools: [OWN, BROWSER] }
  expect(await refusalOf(await open({}).chat(ask))).toMatchObject({ status: 400, param: 'tools[1].type' })
  expect(await world.vendor.calls()).toEqual([])
  await world.vendor.script(UPSTREAM, whole(OSLO))
  const paid = open({}, { model: { price: PRICED } })
  expect((await paid.chat(ask)).status).toBe(200)
  await world.vendor.script(UPSTREAM, whole(OSLO))
  expect((await open({}).chat({ ...ASK, tools: [OWN] })).status).toBe(200)
})

test('a name that is spelt in escapes is the same name', async () => {
  const body = '{"model":"m","messages":[{"role":"user","content":"Hi"}],"web\\u005fsearch_options":{}}'
  expect((await open({}).chat(body)).status).toBe(400)
  expect(await world.vendor.calls()).toEqual([])
})

test.each([['chat.completions'], ['completions']] as const)(
  'a prompt for a model that has %s buys none either',
  async endpoint => {
    const { url, key } = open({}, { model: { endpoints: [endpoint] } })
    const response = await fetch(`${url}/v1/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', prompt: 'Hi', max_tokens: 9, web_search_options: {} }),
    })
    expect(await refusalOf(response)).toMatchObject({ status: 400, param: 'web_search_options' })
    expect(await world.vendor.calls()).toEqual([])
  },
)

test('of two vendors the one is asked that has a price for it', async () => {
  const gateway = world.open({
    vendors: { plain: world.vendor.url, searching: world.vendor.url },
    model: {
      price: priceOf(TOKENS),
      offerings: [
        { vendor: 'plain', model: UPSTREAM },
        { vendor: 'searching', model: UPSTREAM, price: PRICED },
      ],
    },
  })
  await world.vendor.script(UPSTREAM, whole(OSLO))
  expect((await gateway.chat({ ...ASK, web_search_options: {} })).status).toBe(200)
  expect(await gateway.record()).toMatchObject({ vendor: 'searching', costPicoUsd: TOKENS_PICO + FEE_PICO })
  expect(await world.vendor.calls()).toHaveLength(1)
})

test('several answers that would be several searches are refused: one fee is reserved and charged', async () => {
  const PERPLEXITY: Partial<Account> = { ...FAMILY, name: 'perplexity' }
  const gateway = world.open({
    vendors: { perplexity: world.vendor.url },
    account: given => ({ ...given, ...PERPLEXITY }),
    model: { price: PRICED },
  })
  const response = await gateway.chat({ ...ASK, n: 2 })
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: expect.objectContaining({ code: 'unsupported_parameter', param: 'n' }) },
  ])
  expect(await world.vendor.calls()).toEqual([])
  await world.vendor.script(UPSTREAM, whole(OSLO, usageOf(100, 10)))
  expect((await gateway.chat({ ...ASK, n: 1 })).status).toBe(200)
  expect((await gateway.record(2)).costPicoUsd).toBe(TOKENS_PICO + FEE_PICO)
})
