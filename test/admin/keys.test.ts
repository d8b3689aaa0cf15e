import { afterAll, beforeAll, expect, test } from 'bun:test'
import { hashKey } from '../../src/auth/key-format'
import { findKeyByHash } from '../../src/db/keys'
import { newId } from '../../src/lib/id'
import { describeDatabases } from '../postgres'
import { type Management, NOW, startManagement } from './start-management'

describeDatabases('keys', kind => {
  let management: Management
  let tenant: string
  const make = (fields: object = {}) =>
    management.ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'search', ...fields })

  beforeAll(async () => {
    management = await startManagement(kind)
    tenant = (await management.ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
  })
  afterAll(() => management.stop())

  test('a new key is shown once, stored as a hash, and works at once', async () => {
    const { status, json, headers } = await make()
    expect(status).toBe(201)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(json).toEqual({
      id: expect.any(String),
      tenant_id: tenant,
      name: 'search',
      key: expect.stringMatching(/^cm_live_[0-9A-Za-z]{36}$/),
      prefix: json.key.slice(0, 12),
      scopes: ['llm', 'embeddings', 'stt', 'tts', 'images', 'moderations'],
      models: null,
      limits: null,
      budget: null,
      created_at: new Date(NOW).toISOString(),
      not_before: null,
      expires_at: null,
      revoked_at: null,
      old_secret_until: null,
    })
    expect(management.deps.keyring.known(hashKey(json.key))).toMatchObject({
      keyId: json.id,
      tenantId: tenant,
    })
    const stored = await findKeyByHash(management.fresh.db, hashKey(json.key))
    expect(JSON.stringify(stored)).not.toContain(json.key)

    const { key, ...shown } = json
    expect((await management.ask('GET', `/api/v1/keys/${json.id}`)).json).toEqual(shown)
    expect((await management.ask('GET', `/api/v1/keys?tenant_id=${tenant}`)).json.data).toContainEqual(shown)
  })

  test('keeps the span in which a key is valid', async () => {
    const { json } = await make({
      not_before: '2026-12-01T00:00:00Z',
      expires_at: '2027-01-31T12:00:00.5+00:00',
    })
    expect(json).toMatchObject({
      not_before: '2026-12-01T00:00:00.000Z',
      expires_at: '2027-01-31T12:00:00.500Z',
    })
    expect((await make({ expires_at: null })).json.expires_at).toBeNull()
  })

  test('revokes for good: the key is refused at once, and a second time answers the same', async () => {
    const { json } = await make()
    const first = await management.ask('DELETE', `/api/v1/keys/${json.id}`)
    expect(first).toMatchObject({
      status: 200,
      json: { id: json.id, revoked_at: new Date(NOW).toISOString() },
    })
    expect(management.deps.keyring.known(hashKey(json.key))?.revokedAt).toBe(NOW)
    management.clock.time += 60_000
    expect((await management.ask('DELETE', `/api/v1/keys/${json.id}`)).json).toEqual(first.json)
    management.clock.time = NOW
  })

  test('an unknown tenant and anything that is no id do not exist', async () => {
    for (const id of [newId(), 'x', "' OR 1=1--", 'NULL', ''])
      expect(await make({ tenant_id: id })).toMatchObject({
        status: 404,
        json: { error: { code: 'not_found', param: 'tenant_id' } },
      })
    for (const id of [newId(), 'x', '%E0%A4', '%00', "'--", 'a%2Fb'])
      for (const method of ['GET', 'DELETE'])
        expect(await management.ask(method, `/api/v1/keys/${id}`)).toMatchObject({
          status: 404,
          json: { error: { code: 'not_found' } },
        })
  })

  test('a time in the past, a wrong order, and what is no time are refused', async () => {
    for (const [fields, param] of [
      [{ expires_at: '2026-11-22T10:00:00Z' }, 'expires_at'],
      [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
      [{ expires_at: '2027-02-30T00:00:00Z' }, 'expires_at'],
      [{ expires_at: '2027-01-31' }, 'expires_at'],
      [{ expires_at: '2027-01-31T00:00:00+02:00' }, 'expires_at'],
      [{ expires_at: 'tomorrow' }, 'expires_at'],
      [{ not_before: '2027-02-01T00:00:00Z', expires_at: '2027-01-01T00:00:00Z' }, 'not_before'],
    ] as const)
      expect(await make(fields)).toMatchObject({
        status: 400,
        json: { error: { code: 'invalid_value', param } },
      })
  })

  test('a change that would end a key before it begins names the field that the body gives', async () => {
    const [early, late] = ['2026-12-01T00:00:00Z', '2027-01-01T00:00:00Z']
    const begins = (await make({ not_before: late })).json.id
    const ends = (await make({ expires_at: early })).json.id
    for (const [id, fields, param] of [
      [begins, { expires_at: early }, 'expires_at'],
      [begins, { expires_at: late }, 'expires_at'],
      [ends, { not_before: late }, 'not_before'],
      [ends, { not_before: early }, 'not_before'],
      [begins, { not_before: late, expires_at: early }, 'not_before'],
    ] as const) {
      const { status, json } = await management.ask('PATCH', `/api/v1/keys/${id}`, fields)
      expect({ fields, status, json }).toMatchObject({
        fields,
        status: 400,
        json: { error: { code: 'invalid_value', param, message: expect.stringContaining(`'${param}'`) } },
      })
    }
    expect((await management.ask('PATCH', `/api/v1/keys/${begins}`, { not_before: early })).status).toBe(200)
    expect((await management.ask('PATCH', `/api/v1/keys/${begins}`, { expires_at: late })).status).toBe(200)
  })

  test('lists newest first, page by page, and only what the filter leaves', async () => {
    const other = (await management.ask('POST', '/api/v1/tenants', { name: 'pages' })).json.id
    const ids: string[] = []
    for (let index = 0; index < 5; index++) {
      management.clock.time += 1
      ids.unshift((await make({ tenant_id: other, name: `key ${index}` })).json.id)
    }
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const query: string = `tenant_id=${other}&limit=2${cursor ? `&cursor=${cursor}` : ''}`
      const { json } = await management.ask('GET', `/api/v1/keys?${query}`)
      seen.push(...json.data.map((key: { id: string }) => key.id))
      cursor = json.next_cursor
    } while (cursor !== null)
    expect(seen).toEqual(ids)
    expect((await management.ask('GET', '/api/v1/keys?tenant_id=null')).json).toEqual({
      data: [],
      next_cursor: null,
    })
  })
})
