import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { INFERENCE_SCOPES, SCOPES, type Scope, toScopes } from '../../src/auth/scope'
import { anyCaller } from '../auth/any-caller'
import { startVendor, type Vendor } from '../vendor/start'
import { ASK, JSON_HEAD, startMixed } from './messages-text'
import { EVERYWHERE, postTo, ROUTES, scriptOf } from './routes'
import { startGateway, type TestGateway } from './start-gateway'

const COUNT_TOKENS = 'messages/count_tokens'
let vendor: Vendor
let gateway: TestGateway
let anthropic: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url }, model: EVERYWHERE })
  anthropic = startMixed({ vendors: { anthropic: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await anthropic.stop()
  await vendor.stop()
})
afterEach(() => vendor.clear())

function keyWith(scopes: readonly Scope[], { keyring } = gateway): string {
  const key = newKey(length => crypto.getRandomValues(new Uint8Array(length)))
  keyring.put(anyCaller(key, { scopes: toScopes(scopes) }))
  return key
}

/** Each other scope by itself, and all of them together. */
const wrong = (scope: Scope): Scope[][] => {
  const others = SCOPES.filter(other => other !== scope)
  return [...others.map(other => [other]), others]
}

/** In Anthropic's envelope it stands in the details. */
async function codeOf(response: Response): Promise<string | undefined> {
  const { error } = (await response.json()) as { error: { code?: string; details?: { error_code: string } } }
  return error.code ?? error.details?.error_code
}

test('every route that takes inference is asked here', () => {
  const routes = gateway.app.routes.filter(({ method, path }) => method === 'POST' && path.startsWith('/v1/'))
  const asked = [...ROUTES.map(({ path }) => path), COUNT_TOKENS]
  expect(routes.map(({ path }) => path).sort()).toEqual(asked.map(path => `/v1/${path}`).sort())
  expect(new Set(ROUTES.map(({ scope }) => scope))).toEqual(new Set(INFERENCE_SCOPES))
})

for (const route of ROUTES) {
  const { path, scope, vendorPath, body, answer } = route
  test(`${path} lets a key with the scope ${scope} alone through to the vendor`, async () => {
    await gateway.forgetRecords()
    await vendor.script(scriptOf(route), answer)
    const response = await postTo(gateway, path, keyWith([scope]), body)
    await response.bytes()
    expect(response.status).toBe(200)
    expect((await vendor.calls()).map(call => call.path)).toEqual([vendorPath])
    expect(await gateway.record()).toMatchObject({
      endpoint: path.replace('/', '.'),
      outcome: 'ok',
      status: 200,
    })
  })

  test(`${path} refuses a key without the scope ${scope}, whatever else it has, and records that`, async () => {
    await vendor.script(scriptOf(route), answer)
    for (const scopes of wrong(scope)) {
      await gateway.forgetRecords()
      const response = await postTo(gateway, path, keyWith(scopes), body)
      expect([scopes, response.status, await codeOf(response)]).toEqual([scopes, 403, 'scope_not_allowed'])
      expect(await gateway.record()).toMatchObject({
        endpoint: path.replace('/', '.'),
        outcome: 'rejected',
        status: 403,
        errorCode: 'scope_not_allowed',
        usage: null,
        costPicoUsd: 0n,
        attempts: [],
      })
    }
    expect(await vendor.calls()).toEqual([])
  })
}

test('tokens are counted for a key with the scope llm alone; a refusal asks nobody', async () => {
  await vendor.script('m-2026-01', [JSON_HEAD, { text: '{"input_tokens": 14}' }])
  const { max_tokens: _, ...body } = ASK
  for (const scopes of wrong('llm')) {
    const response = await postTo(anthropic, COUNT_TOKENS, keyWith(scopes, anthropic), body)
    expect([scopes, response.status, await codeOf(response)]).toEqual([scopes, 403, 'scope_not_allowed'])
  }
  expect(await vendor.calls()).toEqual([])
  const response = await postTo(anthropic, COUNT_TOKENS, keyWith(['llm'], anthropic), body)
  expect([response.status, await response.json()]).toEqual([200, { input_tokens: 14 }])
  expect((await vendor.calls()).map(call => call.path)).toEqual([`/v1/${COUNT_TOKENS}`])
  // It costs nothing, and leaves no record.
  expect(anthropic.records).toEqual([])
})
