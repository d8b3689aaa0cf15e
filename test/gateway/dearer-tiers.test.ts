import { expect, test } from 'bun:test'
import type { Capability } from '../../src/catalog/model'
import type { Vendor as Account } from '../../src/vendors/vendor'
import { ASK, CITY, emulatedWorld, OSLO, UPSTREAM, WEATHER, whole } from './emulated'
import type { TestGateway } from './start-gateway'

const { world, gatewayOf, sent } = emulatedWorld()

const OPENAI = { name: 'openai' }
const AZURE = { name: 'azure', dialect: 'azure', conforms: false } as const
const ALL: Capability[] = ['tools', 'json_schema']

const PATHS: [string, Partial<Account>, Capability[], object][] = [
  ['as bytes', OPENAI, ALL, {}],
  ['with a schema that the model has to be brought to', OPENAI, [], { response_format: CITY }],
  ['with tools that the model has to be brought to', OPENAI, [], { tools: [WEATHER] }],
  ['to Azure', AZURE, ALL, {}],
  ['to Azure, with a schema that the model has to be brought to', AZURE, [], { response_format: CITY }],
]

test.each(PATHS)(
  'T88 a dearer tier is refused %s, and no vendor hears of it',
  async (_, account, capabilities, body) => {
    const gateway = gatewayOf(capabilities, account)
    for (const tier of ['priority', 'fast']) {
      const response = await gateway.chat({ ...ASK, ...body, service_tier: tier })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({
        error: { code: 'unsupported_parameter', param: 'service_tier' },
      })
    }
    expect(await sent()).toEqual([])
  },
)

test.each(PATHS)('a tier that costs no more goes on %s', async (_, account, capabilities, body) => {
  const gateway = gatewayOf(capabilities, account)
  await world.vendor.script(UPSTREAM, whole(OSLO))
  await gateway.chat({ ...ASK, ...body, service_tier: 'flex' })
  expect((await sent())[0]).toMatchObject({ service_tier: 'flex' })
})

test('a prompt for a model that has chats alone names no dearer tier either', async () => {
  const gateway = gatewayOf(ALL, OPENAI)
  const response = await post(gateway, '/v1/completions', {
    model: 'm',
    prompt: 'Hi',
    service_tier: 'priority',
  })
  expect(await response.json()).toMatchObject({ error: { param: 'service_tier' } })
  expect(await sent()).toEqual([])
})

test('a Messages request can name no dearer tier', async () => {
  const gateway = gatewayOf([], OPENAI)
  const message = { ...ASK, max_tokens: 9, service_tier: 'priority' }
  const response = await post(gateway, '/v1/messages', message)
  expect([response.status, await sent()]).toEqual([400, []])
})

function post({ url, key }: TestGateway, path: string, body: object): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}
