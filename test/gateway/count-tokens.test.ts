import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { countTokens } from '../../src/gateway/count-tokens'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { CREDENTIAL } from './catalog-of'
import { ASK, JSON_HEAD, postMessages, startMixed } from './messages-text'
import type { TestGateway } from './start-gateway'

let vendor: Vendor
let gateway: TestGateway
let other: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startMixed({ vendors: { anthropic: vendor.url } })
  other = startMixed({ vendors: { acme: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await other.stop()
  await vendor.stop()
})
afterEach(() => vendor.clear())

const { max_tokens: _, ...COUNT } = ASK
const count = (at: TestGateway, body: unknown = COUNT, headers: Record<string, string> = {}) =>
  postMessages(at, body, headers, {}, '/v1/messages/count_tokens')

test('a model at Anthropic is counted there, the request passing as it is', async () => {
  await vendor.script('m-2026-01', [JSON_HEAD, { text: '{"input_tokens": 14}' }])
  const response = await count(gateway, COUNT, { 'anthropic-beta': 'b-1' })
  expect([response.status, await response.text()]).toEqual([200, '{"input_tokens": 14}'])
  const [call] = await vendor.calls()
  expect(call?.path).toBe('/v1/messages/count_tokens')
  expect(JSON.parse(call!.body!.toString())).toEqual({ ...COUNT, model: 'm-2026-01' })
  expect(Object.fromEntries(call!.headers)).toMatchObject({
    'x-api-key': CREDENTIAL,
    'anthropic-beta': 'b-1',
  })
  expect([gateway.records.length, gateway.limits.inFlight]).toEqual([0, 0])
})

test('a vendor may take longer to count than a connection may be silent', async () => {
  const kept: Request[] = []
  const routes = countTokens({ ...other.deps, keepOpen: request => kept.push(request) })
  const request = new Request('http://localhost/v1/messages/count_tokens', {
    method: 'POST',
    headers: { 'x-api-key': other.key, 'content-type': 'application/json' },
    body: JSON.stringify({ ...COUNT, model: 'none' }),
  })
  expect([(await routes.handle(request)).status, kept.length]).toEqual([404, 1])
})

test('a model elsewhere is counted here, and nobody is asked', async () => {
  const response = await count(other, { ...COUNT, system: 'Be brief.' })
  const { input_tokens: tokens } = (await response.json()) as { input_tokens: number }
  const { input_tokens: fewer } = (await (await count(other)).json()) as { input_tokens: number }
  expect(fewer).toBeGreaterThan(3)
  expect(tokens).toBeGreaterThan(fewer)
  expect([await vendor.calls(), other.records.length]).toEqual([[], 0])
})

test('what only Anthropic can be asked is counted as it is written', async () => {
  const tools = [{ type: 'bash_20250124', name: 'bash' }]
  expect((await count(other, { ...COUNT, tools })).status).toBe(200)
})

test.each([
  [{ model: 'none', messages: COUNT.messages }, 404, 'not_found_error'],
  [{ model: 'm' }, 400, 'invalid_request_error'],
  ['{"model"', 400, 'invalid_request_error'],
])('%j is refused in Anthropic’s envelope', async (body, status, type) => {
  const response = await count(gateway, body)
  expect([response.status, ((await response.json()) as { error: { type: string } }).error.type]).toEqual([
    status,
    type,
  ])
  expect(gateway.limits.inFlight).toBe(0)
})

test('the vendor’s failure is told, and without a key nobody is asked', async () => {
  const failing: Step[] = [{ status: 529 }, { text: '' }]
  await vendor.script('m-2026-01', failing)
  expect((await count(gateway)).status).toBe(503)
  expect((await count(gateway, COUNT, { 'x-api-key': 'cm_live_wrong' })).status).toBe(401)
})
