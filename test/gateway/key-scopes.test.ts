import { afterAll, beforeAll, expect, test } from 'bun:test'
import { newKey } from '../../src/auth/key-format'
import { SCOPES, type Scope, toScopes } from '../../src/auth/scope'
import { ENDPOINTS, type Endpoint } from '../../src/catalog/model'
import { chatOperation } from '../../src/gateway/chat-completions'
import { serve } from '../../src/gateway/pipeline'
import { anyCaller } from '../auth/any-caller'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'

/** As the public interface says it. `responses` has no route yet; `route-scopes.test.ts` asks all that have. */
const NEEDS: Record<Endpoint, Scope> = {
  'chat.completions': 'llm',
  responses: 'llm',
  completions: 'llm',
  messages: 'llm',
  embeddings: 'embeddings',
  'audio.transcriptions': 'stt',
  'audio.translations': 'stt',
  'audio.speech': 'tts',
  'images.generations': 'images',
  moderations: 'moderations',
}
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
let vendor: Vendor
let gateway: TestGateway

beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url }, models: ['m', 'org/m', 'z'] })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})

function keyWith(change: { scopes?: readonly Scope[]; models?: string[] }): string {
  const key = newKey(random)
  gateway.keyring.put(anyCaller(key, change))
  return key
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}`, 'content-type': 'application/json' })
const bodyFor = (model: string) => JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] })
const ask = (key: string, model: string) =>
  fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: bearer(key), body: bodyFor(model) })

test('each endpoint takes the key with its own scope alone (T74), and records the refusal', async () => {
  for (const endpoint of ENDPOINTS)
    for (const scope of SCOPES) {
      await gateway.forgetRecords()
      const request = new Request('http://localhost/v1/x', {
        method: 'POST',
        headers: bearer(keyWith({ scopes: toScopes([scope]) })),
        body: bodyFor('no-such-model'),
      })
      const response = await serve(
        request,
        { ...chatOperation, endpoint },
        { ...gateway.deps, keepOpen: () => {} },
      )
      const { error } = (await response.json()) as { error: { code: string; type: string } }
      const isAllowed = NEEDS[endpoint] === scope
      expect({ endpoint, scope, status: response.status, code: error.code }).toEqual({
        endpoint,
        scope,
        status: isAllowed ? 404 : 403,
        code: isAllowed ? 'model_not_found' : 'scope_not_allowed',
      })
      expect(await gateway.record()).toMatchObject({
        outcome: 'rejected',
        status: response.status,
        errorCode: error.code,
        costPicoUsd: 0n,
        attempts: [],
      })
    }
})

test('a model that the key may not use is refused under every name that it has', async () => {
  const key = keyWith({ models: ['z', 'org/*'] })
  for (const name of ['m', 'm-alias', 'acme/m', 'acme/m-alias', 'acme/m-2026-01']) {
    await gateway.forgetRecords()
    const response = await ask(key, name)
    expect({ name, status: response.status, ...(await errorOf(response)) }).toMatchObject({
      name,
      status: 403,
      type: 'permission_error',
      code: 'model_not_allowed',
      param: 'model',
    })
    expect(await gateway.record()).toMatchObject({
      outcome: 'rejected',
      status: 403,
      errorCode: 'model_not_allowed',
      modelRequested: name,
      attempts: [],
    })
  }
  expect(await vendor.calls()).toHaveLength(0)
  for (const name of ['z', 'z-alias', 'acme/z', 'org/m', 'acme/org/m'])
    expect([name, (await ask(key, name)).status]).toEqual([name, 200])
  expect((await ask(key, 'M')).status).toBe(404)
})

test('the list of models has those that the key may use', async () => {
  const list = async (key: string) => {
    const response = await fetch(`${gateway.url}/v1/models`, { headers: bearer(key) })
    return ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
  }
  expect(await list(gateway.key)).toEqual(['m', 'org/m', 'z'])
  expect(await list(keyWith({ models: ['*m'] }))).toEqual(['m', 'org/m'])
  expect(await list(keyWith({ models: ['nothing-*'] }))).toEqual([])
  expect(await list(keyWith({ scopes: ['stt', 'keys:write'] }))).toEqual([])
})

test('one model can be looked at if the key may use it', async () => {
  const get = (key: string, id: string) => fetch(`${gateway.url}/v1/models/${id}`, { headers: bearer(key) })
  const key = keyWith({ models: ['m'] })
  expect((await get(key, 'm')).status).toBe(200)
  expect((await get(key, 'acme/m')).status).toBe(200)
  const refused = await get(key, 'z-alias')
  expect([refused.status, (await errorOf(refused)).code]).toEqual([403, 'model_not_allowed'])
  expect((await get(keyWith({ scopes: ['stt'] }), 'm')).status).toBe(404)
})

async function errorOf(response: Response): Promise<{ code: string }> {
  return ((await response.json()) as { error: { code: string } }).error
}
