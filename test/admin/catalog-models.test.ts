import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Management, startManagement } from './start-management'

let management: Management
let key: string
const ask = (path: string) => management.ask('GET', `/api/v1/models${path}`, undefined, key)
beforeAll(async () => {
  management = await startManagement()
  const tenant = (await management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
  key = (await management.ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k' })).json.key
})
afterAll(() => management.stop())

const M = {
  id: 'm',
  aliases: ['m-alias'],
  vendors: [{ name: 'acme', model: 'm-2026-01' }],
  available: true,
  context_window: 128_000,
  max_output_tokens: 16_384,
  supports_vision: false,
  supports_streaming: true,
  endpoints: ['chat.completions'],
  pricing: { input: { usd: '2.5', per: '1M_tokens' }, output: { usd: '10', per: '1M_tokens' }, tiers: [] },
  unpriced: false,
  deprecated_on: null,
}

test('any key reads the whole catalog in one page', async () => {
  const { status, json } = await ask('')
  expect(status).toBe(200)
  expect(json.data.map(({ id }: { id: string }) => id)).toEqual(['m', 'org/m', 'z'])
  expect(json.data[0]).toMatchObject(M)
  expect(json.next_cursor).toBeNull()
  expect((await management.ask('GET', '/api/v1/models')).json).toEqual(json)
})

test('pages only when asked to', async () => {
  const first = (await ask('?limit=2')).json
  expect(first).toMatchObject({ data: [{ id: 'm' }, { id: 'org/m' }], next_cursor: 'org/m' })
  const second = (await ask(`?limit=2&cursor=${encodeURIComponent(first.next_cursor)}`)).json
  expect(second).toMatchObject({ data: [{ id: 'z' }], next_cursor: null })
})

test('filters, and names a filter that is none', async () => {
  expect((await ask('?supports_streaming=true&max_input_price=2.50&q=org')).json.data).toMatchObject([
    { id: 'org/m' },
  ])
  expect((await ask('?supports_vision=true')).json.data).toEqual([])
  expect(await ask('?supports_vision=yes')).toMatchObject({
    status: 400,
    json: { error: { code: 'invalid_value', param: 'supports_vision' } },
  })
  expect(await ask('?vison=true')).toMatchObject({
    status: 400,
    json: { error: { code: 'unknown_parameter', param: 'vison' } },
  })
  expect((await ask('?limit=0')).json.error).toMatchObject({ code: 'invalid_value', param: 'limit' })
})

test('one model by its id, slashes raw or escaped, or by an alias', async () => {
  for (const [path, id] of [
    ['/m', 'm'],
    ['/org/m', 'org/m'],
    ['/org%2Fm', 'org/m'],
    ['/org%2Fm-alias', 'org/m'],
  ])
    expect((await ask(path!)).json.id).toBe(id!)
  for (const path of ['/nope', '/%E0%A4', '/__proto__', '/org/'])
    expect(await ask(path)).toMatchObject({ status: 404, json: { error: { code: 'model_not_found' } } })
})
