import { afterAll, beforeAll, expect, test } from 'bun:test'
import { requireAdmin } from '../../src/admin/authorise'
import { newId } from '../../src/lib/id'
import { auditRow, storeAudit } from '../db/rows'

import { ADMIN_KEY as ADMIN, type Management, startManagement } from './start-management'

/** Who asks: nobody, keys of the tenant whose things are asked for, one of another tenant that may do everything in its own, the admin key. */
const ROLES = ['none', 'bare', 'llm', 'usage', 'read', 'write', 'other', 'admin', 'revoked'] as const
type Role = (typeof ROLES)[number]

/** What each of them gets; in the order of ROLES. A route without a row fails. */
const OPEN = [200, 200, 200, 200, 200, 200, 200, 200, 200]
const ADMIN_ALONE = [401, 403, 403, 403, 403, 403, 403, 200, 401]
const TABLE: Record<string, readonly number[]> = {
  // A model that does not exist: whoever may call is told so.
  'POST /v1/chat/completions': [401, 403, 404, 403, 403, 403, 404, 403, 401],
  'POST /v1/completions': [401, 403, 404, 403, 403, 403, 404, 403, 401],
  'POST /v1/messages': [401, 403, 404, 403, 403, 403, 404, 403, 401],
  'POST /v1/messages/count_tokens': [401, 403, 404, 403, 403, 403, 404, 403, 401],
  // None of these keys has their scopes.
  'POST /v1/embeddings': [401, 403, 403, 403, 403, 403, 403, 403, 401],
  'POST /v1/audio/transcriptions': [401, 403, 403, 403, 403, 403, 403, 403, 401],
  'POST /v1/audio/translations': [401, 403, 403, 403, 403, 403, 403, 403, 401],
  'POST /v1/audio/speech': [401, 403, 403, 403, 403, 403, 403, 403, 401],
  'POST /v1/images/generations': [401, 403, 403, 403, 403, 403, 403, 403, 401],
  'POST /v1/moderations': [401, 403, 403, 403, 403, 403, 403, 403, 401],
  'GET /v1/models': [401, 200, 200, 200, 200, 200, 200, 403, 401],
  'GET /v1/models/*': [401, 404, 200, 404, 404, 404, 200, 403, 401],
  'GET /api/v1/models': [401, 200, 200, 200, 200, 200, 200, 200, 401],
  'GET /api/v1/models/*': [401, 200, 200, 200, 200, 200, 200, 200, 401],
  'GET /api/v1/tenants': [401, 403, 403, 403, 200, 403, 200, 200, 401],
  'GET /api/v1/tenants/:id': [401, 403, 403, 403, 200, 403, 404, 200, 401],
  'POST /api/v1/tenants': [401, 403, 403, 403, 403, 403, 403, 201, 401],
  'PATCH /api/v1/tenants/:id': ADMIN_ALONE,
  'DELETE /api/v1/tenants/:id': ADMIN_ALONE,
  'GET /api/v1/keys': [401, 403, 403, 403, 200, 403, 404, 200, 401],
  'GET /api/v1/keys/:id': [401, 403, 403, 403, 200, 403, 404, 200, 401],
  'POST /api/v1/keys': [401, 403, 403, 403, 403, 201, 404, 201, 401],
  'PATCH /api/v1/keys/:id': [401, 403, 403, 403, 403, 200, 404, 200, 401],
  'DELETE /api/v1/keys/:id': [401, 403, 403, 403, 403, 200, 404, 200, 401],
  'POST /api/v1/keys/:id/rotate': [401, 403, 403, 403, 403, 200, 404, 200, 401],
  'GET /api/v1/audit': [401, 403, 403, 200, 403, 403, 404, 200, 401],
  // The record of a request with the key `bare`.
  'GET /api/v1/audit/:request_id': [401, 200, 404, 200, 404, 404, 404, 200, 401],
  'POST /api/v1/audit/:request_id/corrections': ADMIN_ALONE,
  'GET /api/v1/audit/batches': ADMIN_ALONE,
  'GET /api/v1/audit/management': [401, 403, 403, 200, 403, 403, 404, 200, 401],
  'GET /api/v1/usage': [401, 403, 403, 200, 403, 403, 404, 200, 401],
  'GET /metrics': ADMIN_ALONE,
  'GET /health/live': OPEN,
  'GET /health/ready': OPEN,
  'GET /openapi.json': OPEN,
  'GET /schema/config.json': OPEN,
  'GET /docs': OPEN,
  'GET /docs/scalar.js': OPEN,
}

interface Tenant {
  id: string
  /** Of a key that nothing else is done with. */
  keyId: string
  requestId: string
  secrets: Record<Exclude<Role, 'none' | 'other' | 'admin'>, string>
  everything: string
}

const MANAGEMENT = ['usage:read', 'keys:read', 'keys:write']
let management: Management
const tenants: Tenant[] = []

beforeAll(async () => {
  const authorise = (headers: Headers) => requireAdmin(headers, management.deps)
  const metrics = { contentType: 'text/plain', text: async () => '' }
  management = await startManagement('embedded', { scrape: { metrics, authorise } })
  tenants.push(await makeTenant('one'), await makeTenant('two'))
})
afterAll(() => management.stop())

async function makeTenant(name: string): Promise<Tenant> {
  const { id } = (await management.ask('POST', '/api/v1/tenants', { name })).json
  const make = async (scopes: string[]) =>
    (await management.ask('POST', '/api/v1/keys', { tenant_id: id, name: scopes.join() || 'bare', scopes }))
      .json
  const [bare, llm, usage, read, write, everything, revoked, untouched] = [
    await make([]),
    await make(['llm']),
    await make(['usage:read']),
    await make(['keys:read']),
    await make(['keys:write']),
    await make(['llm', ...MANAGEMENT]),
    await make(['llm', ...MANAGEMENT]),
    await make([]),
  ]
  await management.ask('DELETE', `/api/v1/keys/${revoked.id}`)
  const requestId = newId()
  await storeAudit(management.fresh.db, [auditRow({ requestId, tenantId: id, keyId: bare.id })])
  return {
    id,
    keyId: untouched.id,
    requestId,
    secrets: {
      bare: bare.key,
      llm: llm.key,
      usage: usage.key,
      read: read.key,
      write: write.key,
      revoked: revoked.key,
    },
    everything: everything.key,
  }
}

/** A key of its own for whatever ends or changes it. */
async function anotherKey({ id }: Tenant): Promise<string> {
  const body = { tenant_id: id, name: 'another', scopes: [] }
  return (await management.ask('POST', '/api/v1/keys', body)).json.id
}

async function requestOf(route: string, tenant: Tenant): Promise<[path: string, body?: unknown]> {
  const [method, path = ''] = route.split(' ')
  const own = `tenant_id=${tenant.id}`
  switch (route) {
    case 'POST /v1/completions':
      return [path, { model: 'no-such-model', prompt: 'hi' }]
    case 'POST /v1/messages':
    case 'POST /v1/messages/count_tokens':
      return [path, { model: 'no-such-model', max_tokens: 1, messages: [{ role: 'user', content: 'hi' }] }]
    case 'POST /v1/chat/completions':
    case 'POST /v1/embeddings':
      return [path, { model: 'no-such-model', messages: [{ role: 'user', content: 'hi' }] }]
    case 'POST /api/v1/tenants':
      return [path, { name: 'made' }]
    case 'POST /api/v1/keys':
      return [path, { tenant_id: tenant.id, name: 'made', scopes: [] }]
    case 'PATCH /api/v1/tenants/:id':
      return [`/api/v1/tenants/${tenant.id}`, { name: 'renamed' }]
    case 'DELETE /api/v1/tenants/:id':
      return [`/api/v1/tenants/${(await makeTenant('short-lived')).id}`]
    case 'GET /api/v1/tenants/:id':
      return [`/api/v1/tenants/${tenant.id}`]
    case 'PATCH /api/v1/keys/:id':
      return [`/api/v1/keys/${await anotherKey(tenant)}`, { name: 'renamed' }]
    case 'POST /api/v1/keys/:id/rotate':
      return [`/api/v1/keys/${await anotherKey(tenant)}/rotate`, { grace_seconds: 60 }]
    case 'GET /api/v1/audit/:request_id':
      return [`/api/v1/audit/${tenant.requestId}`]
    case 'POST /api/v1/audit/:request_id/corrections':
      return [`/api/v1/audit/${tenant.requestId}/corrections`, { cost_usd: '0.0015' }]
    case 'GET /api/v1/keys':
    case 'GET /api/v1/audit':
    case 'GET /api/v1/audit/management':
    case 'GET /api/v1/usage':
      return [`${path}?${own}`]
    default:
      if (method === 'DELETE') return [`/api/v1/keys/${await anotherKey(tenant)}`]
      return [path.replace(':id', tenant.keyId).replace('*', 'm')]
  }
}

function secretOf(role: Role, own: Tenant, other: Tenant): string | null | undefined {
  if (role === 'none') return null
  if (role === 'admin') return undefined
  return role === 'other' ? other.everything : own.secrets[role]
}

const routesOf = () =>
  [...new Set(management.app.routes.map(({ method, path }) => `${method} ${path}`))].sort()

test('every route of the application has a row, and every row a route', () => {
  expect(routesOf()).toEqual(Object.keys(TABLE).sort())
})

for (const [index, name] of ['one', 'two'].entries())
  for (const [route, statuses] of Object.entries(TABLE))
    test(`${route} for the things of tenant ${name}`, async () => {
      const [own, other] = [tenants[index]!, tenants[1 - index]!]
      const found: [Role, number][] = []
      for (const role of ROLES) {
        const [path, body] = await requestOf(route, own)
        const secret = secretOf(role, own, other)
        const response = await management.app.handle(
          new Request(`http://localhost${path}`, {
            method: route.split(' ')[0]!,
            headers: {
              ...(secret === null ? {} : { authorization: `Bearer ${secret ?? ADMIN}` }),
              ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          }),
        )
        found.push([role, response.status])
        const text = await response.text()
        if (role === 'other') for (const id of [own.id, own.keyId]) expect(text).not.toContain(id)
        if (response.status >= 400)
          expect(Object.keys(JSON.parse(text).error)).toEqual(
            path.startsWith('/v1/messages')
              ? ['type', 'message', 'details']
              : ['message', 'type', 'param', 'code'],
          )
      }
      expect(found).toEqual(ROLES.map((role, at) => [role, statuses[at]!]))
    })

test('T77, T78 without a filter a key sees its own tenant and nothing of another, whatever it asks for', async () => {
  const [own, other] = [tenants[0]!, tenants[1]!]
  const get = (path: string) => management.ask('GET', `/api/v1/${path}`, undefined, own.everything)
  for (const path of [
    'tenants',
    'keys',
    'audit',
    'usage?group_by=tenant,key',
    `audit?key_id=${other.keyId}`,
    `usage?group_by=key&key_id=${other.keyId}`,
    `keys?cursor=${newId()}`,
    `audit?cursor=${newId()}`,
    `keys?limit=1000`,
    `tenants?cursor=${newId()}`,
  ]) {
    const { status, json } = await get(path)
    const text = JSON.stringify(json)
    expect({ path, status, other: text.includes(other.id) || text.includes(other.keyId) }).toEqual({
      path,
      status: 200,
      other: false,
    })
  }
  expect((await get('tenants')).json.data).toMatchObject([{ id: own.id }])
  expect((await get('keys')).json.data.map((key: { id: string }) => key.id)).toContain(own.keyId)
  expect((await get('audit')).json.data).toMatchObject([{ request_id: own.requestId }])
  for (const asked of [other.id, newId(), 'null', '*', '%25', "'"])
    for (const path of ['keys', 'audit', 'usage'])
      expect(await get(`${path}?tenant_id=${asked}`)).toMatchObject({
        status: 404,
        json: { error: { code: 'not_found', param: 'tenant_id' } },
      })
  expect((await get(`keys?tenant_id[]=${other.id}`)).status).toBe(400)
})
