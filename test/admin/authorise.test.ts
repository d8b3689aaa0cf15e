import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createApp } from '../../src/app'
import { newKey } from '../../src/auth/key-format'
import { ADMIN_KEY, createAsk, type Management, startManagement } from './start-management'

let management: Management
let key: string
let keyId: string
const ADMIN_ONLY = [
  ['POST', '/api/v1/tenants'],
  ['GET', '/api/v1/tenants'],
  ['GET', '/api/v1/tenants/x'],
  ['DELETE', '/api/v1/tenants/x'],
  ['POST', '/api/v1/keys'],
  ['GET', '/api/v1/keys'],
  ['GET', '/api/v1/keys/x'],
  ['DELETE', '/api/v1/keys/x'],
  ['GET', '/api/v1/audit'],
  ['GET', '/api/v1/usage'],
] as const

beforeAll(async () => {
  management = await startManagement()
  const tenant = (await management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
  ;({ key, id: keyId } = (
    await management.ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k' })
  ).json)
})
afterAll(() => management.stop())

test('no route of the management answers without a credential', async () => {
  const routes = management.app.routes.filter(({ path }) => path.startsWith('/api'))
  expect(routes.length).toBeGreaterThan(12)
  for (const { method, path } of routes) {
    const concrete = path.replace(/:\w+|\*/g, 'x')
    for (const credential of [
      null,
      'sk-nonsense',
      `${ADMIN_KEY}x`,
      newKey(n => crypto.getRandomValues(new Uint8Array(n))),
    ]) {
      const answer = await management.ask(method, concrete, method === 'POST' ? '{' : undefined, credential)
      expect({ method, path, status: answer.status, code: answer.json.error?.code }).toEqual({
        method,
        path,
        status: 401,
        code: 'invalid_api_key',
      })
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    }
  }
})

test('a caller’s key cannot manage (T74), and cannot tell what exists', async () => {
  for (const [method, path] of ADMIN_ONLY)
    expect(await management.ask(method, path, method === 'POST' ? '{' : undefined, key)).toMatchObject({
      status: 403,
      json: { error: { type: 'permission_error', code: 'scope_not_allowed' } },
    })
})

test('the admin key is taken from headers alone (T82, T83)', async () => {
  for (const name of ['key', 'api_key', 'access_token', 'authorization'])
    expect(
      (await management.ask('GET', `/api/v1/tenants?${name}=${ADMIN_KEY}`, undefined, null)).status,
    ).toBe(401)
})

test('without an admin key management is off, and says what to do', async () => {
  const admin = { ...management.deps, adminKeySet: false }
  const ask = createAsk(createApp({ ...management.gateway.appDeps, admin }))
  for (const [method, path] of ADMIN_ONLY)
    for (const credential of [null, key]) {
      const { status, json } = await ask(method, path, undefined, credential)
      expect({ status, code: json.error.code }).toEqual({ status: 403, code: 'management_disabled' })
      expect(json.error.message).toContain('CALLMISSED_ADMIN_KEY')
    }
  expect((await ask('GET', '/api/v1/models', undefined, key)).status).toBe(200)
})

test('a revoked key reads nothing', async () => {
  expect((await management.ask('GET', '/api/v1/models', undefined, key)).status).toBe(200)
  await management.ask('DELETE', `/api/v1/keys/${keyId}`)
  for (const path of ['/api/v1/models', '/api/v1/models/m', '/api/v1/audit/x', '/api/v1/tenants'])
    expect(await management.ask('GET', path, undefined, key)).toMatchObject({
      status: 401,
      json: { error: { code: 'key_revoked' } },
    })
})
