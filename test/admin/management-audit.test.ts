import { afterAll, beforeAll, expect, test } from 'bun:test'
import { CHAIN_START, linkHash } from '../../src/lib/hash-chain'
import { newId } from '../../src/lib/id'
import { describeDatabases } from '../postgres'
import { ADMIN_KEY, type Management, startManagement } from './start-management'

// biome-ignore lint/suspicious/noExplicitAny: a test looks into it as the public interface says
type Entry = any

describeDatabases('management audit', kind => {
  let management: Management
  let tenant: string
  let other: string
  beforeAll(async () => {
    management = await startManagement(kind)
    tenant = await makeTenant('acme')
    other = await makeTenant('other')
  })
  afterAll(() => management.stop())

  const ask: Management['ask'] = (method, path, body, credential) =>
    management.ask(method, `/api/v1${path}`, body, credential)
  const makeTenant = async (name: string): Promise<string> =>
    (await ask('POST', '/tenants', { name })).json.id
  const makeKey = async (more: object = {}, credential?: string) =>
    (await ask('POST', '/keys', { tenant_id: tenant, name: 'k', ...more }, credential)).json
  const lines = async (query: string): Promise<Entry[]> => {
    const response = await management.app.handle(
      new Request(`http://localhost/api/v1/audit/management${query}`, {
        headers: { authorization: `Bearer ${ADMIN_KEY}`, accept: 'application/x-ndjson' },
      }),
    )
    const text = await response.text()
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line))
  }
  /** Every entry of a tenant follows the one before it. Returns how many there are. */
  const expectWhole = async (tenantId: string): Promise<number> => {
    const chain = (await lines(`?tenant_id=${tenantId}`)).toReversed()
    let previous = CHAIN_START
    for (const [index, { hash, ...said }] of chain.entries()) {
      expect(said.sequence).toBe(index + 1)
      expect(linkHash(previous, said)).toBe(hash)
      previous = hash
    }
    return chain.length
  }
  const entries = async (query: string, credential?: string): Promise<Entry[]> =>
    (await ask('GET', `/audit/management${query}`, undefined, credential)).json.data

  test('each change is noted with who made it, what was and what is, newest first', async () => {
    const maker = await makeKey({ scopes: ['llm', 'keys:write', 'keys:read', 'usage:read'] })
    const made = await makeKey({ name: 'child', scopes: ['llm'] }, maker.key)
    await ask('PATCH', `/keys/${made.id}`, { name: 'renamed', limits: { rpm: 5 } })
    await ask('POST', `/keys/${made.id}/rotate`, { grace_seconds: 60 }, maker.key)
    await ask('DELETE', `/keys/${made.id}`, undefined, maker.key)
    const noted = await entries(`?target_id=${made.id}`)
    expect(noted.map(({ action, by }) => [action, by])).toEqual([
      ['key.revoke', maker.id],
      ['key.rotate', maker.id],
      ['key.update', 'admin'],
      ['key.create', maker.id],
    ])
    const [revoked, rotated, updated, created] = noted
    expect(created).toMatchObject({
      before: null,
      after: { name: 'child', scopes: ['llm'], revoked_at: null },
    })
    expect(updated).toMatchObject({
      before: { name: 'child', limits: null },
      after: { name: 'renamed', limits: { rpm: 5 } },
    })
    expect(rotated.after.old_secret_until).toBeString()
    expect(rotated.before.prefix).not.toBe(rotated.after.prefix)
    expect(revoked).toMatchObject({ before: { revoked_at: null }, after: { revoked_at: expect.any(String) } })
    expect(revoked.tenant_id).toBe(tenant)
  })

  test('tenants too, their budgets as decimal text', async () => {
    const id = await makeTenant('brief')
    await ask('PATCH', `/tenants/${id}`, { name: 'longer', budget: { limit_usd: '10.50', period: 'month' } })
    await ask('DELETE', `/tenants/${id}`)
    expect(
      (await entries(`?tenant_id=${id}`)).map(({ action, before, after }) => [action, before, after]),
    ).toEqual([
      ['tenant.delete', expect.objectContaining({ name: 'longer' }), null],
      [
        'tenant.update',
        { name: 'brief', limits: null, budget: null },
        { name: 'longer', limits: null, budget: { limit_usd: '10.5', period: 'month' } },
      ],
      ['tenant.create', null, { name: 'brief', limits: null, budget: null }],
    ])
  })

  test('deleting a tenant notes the revocation of each key not revoked before, as revoking it does, and then its own', async () => {
    const id = await makeTenant('gone')
    const [revoked, limited, plain] = [
      await makeKey({ tenant_id: id }),
      await makeKey({
        tenant_id: id,
        name: 'limited',
        limits: { rpm: 5 },
        budget: { limit_usd: '1.5', period: 'day' },
      }),
      await makeKey({ tenant_id: id }),
    ]
    await ask('DELETE', `/keys/${revoked.id}`)
    await ask('DELETE', `/tenants/${id}`)
    const [last, ...noted] = await entries(`?tenant_id=${id}`)
    expect(last).toMatchObject({ action: 'tenant.delete', target_id: id })
    const revocations = noted.filter(({ action }) => action === 'key.revoke')
    expect(revocations.map(({ target_id }) => target_id).toSorted()).toEqual(
      [revoked.id, limited.id, plain.id].toSorted(),
    )
    for (const { by, target_id, before, after } of revocations) {
      const [created] = await entries(`?target_id=${target_id}&action=key.create`)
      const { revoked_at } = (await ask('GET', `/keys/${target_id}`)).json
      expect(revoked_at).toBeString()
      expect({ by, before, after }).toEqual({
        by: 'admin',
        before: created.after,
        after: { ...created.after, revoked_at },
      })
    }
    await expectWhole(id)
  })

  test('of thousands of keys too, in one chain that is whole', async () => {
    const id = await makeTenant('large')
    await management.fresh.db.sql`
      INSERT INTO key (tenant_id, id, name, prefix, hash, created_at)
      SELECT ${id}::uuid, gen_random_uuid(), 'many', 'cm_live_xxxx', md5(${id} || n::text) || md5(n::text), now()
      FROM generate_series(1, 2345) AS n`
    expect((await ask('DELETE', `/tenants/${id}`)).status).toBe(200)
    const revocations = await entries(`?tenant_id=${id}&action=key.revoke&limit=1000`)
    expect(revocations).toHaveLength(1000)
    expect(await expectWhole(id)).toBe(2345 + 2)
    const [announced] = await management.fresh.db.sql`
      SELECT count(*)::int AS count FROM change JOIN key ON key.id = change.ref WHERE tenant_id = ${id}`
    expect(announced?.count).toBe(2345)
  })

  test('a change to what is there already is answered, but neither noted nor announced', async () => {
    const limits = { rpm: 5, tpm: null, concurrency: null }
    const budget = { limit_usd: '10', period: 'month' }
    const id = (await ask('POST', '/tenants', { name: 'same', limits, budget })).json.id
    const span = { not_before: '2026-12-01T00:00:00Z', expires_at: '2027-01-01T00:00:00Z' }
    const rights = { scopes: ['llm', 'stt'], models: ['m'], limits, budget, ...span }
    const made = await makeKey({ tenant_id: id, name: 'same', ...rights })
    const announced = async () =>
      (await management.fresh.db.sql`SELECT id FROM change WHERE ref IN (${id}, ${made.id})`).length
    const before = await announced()
    for (const [path, bodies] of [
      [`/tenants/${id}`, [{}, { name: ' same ' }, { limits: {} }, { limits, budget }]],
      [`/keys/${made.id}`, [{}, { name: 'same' }, { limits: { rpm: 5 } }, { name: 'same', ...rights }]],
    ] as const) {
      const { json } = await ask('GET', path)
      for (const body of bodies) expect(await ask('PATCH', path, body)).toMatchObject({ status: 200, json })
    }
    expect((await entries(`?tenant_id=${id}`)).map(({ action }) => action)).toEqual([
      'key.create',
      'tenant.create',
    ])
    expect(await announced()).toBe(before)
    await ask('PATCH', `/keys/${made.id}`, { ...rights, models: null })
    await ask('PATCH', `/tenants/${id}`, { name: 'same', budget: null })
    expect((await entries(`?tenant_id=${id}`)).map(({ action }) => action).slice(0, 2)).toEqual([
      'tenant.update',
      'key.update',
    ])
    expect(await announced()).toBe(before + 2)
  })

  test('what changes nothing, and what is refused, is not noted', async () => {
    const { id } = await makeKey()
    await ask('DELETE', `/keys/${id}`)
    await ask('DELETE', `/keys/${id}`)
    expect((await ask('PATCH', `/keys/${id}`, { scopes: ['nonsense'] })).status).toBe(400)
    expect((await entries(`?target_id=${id}`)).map(({ action }) => action)).toEqual([
      'key.revoke',
      'key.create',
    ])
  })

  test('no secret and no hash of one is in it', async () => {
    const { key, id } = await makeKey()
    const { json } = await ask('POST', `/keys/${id}/rotate`, {})
    const text = JSON.stringify(await entries(`?target_id=${id}`))
    const hashes = [key, json.key].map(secret => new Bun.CryptoHasher('sha256').update(secret).digest('hex'))
    for (const secret of [key, json.key, ...hashes, ADMIN_KEY]) expect(text).not.toContain(secret)
  })

  test('each entry is chained to the one before it of its tenant, also when many come at once', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => makeKey({ name: `k${index}` })))
    expect(await expectWhole(tenant)).toBeGreaterThan(20)
  })

  test('filters, pages and lines', async () => {
    const all = await entries('?limit=1000')
    const { json } = await ask('GET', '/audit/management?limit=3')
    expect(json.data).toEqual(all.slice(0, 3))
    expect((await ask('GET', `/audit/management?limit=3&cursor=${json.next_cursor}`)).json.data).toEqual(
      all.slice(3, 6),
    )
    expect((await entries('?action=key.revoke')).every(({ action }) => action === 'key.revoke')).toBe(true)
    expect((await entries('?by=gateway')).length).toBe(0)
    expect(await entries('?to=2020-01-01T00:00:00Z')).toEqual([])
    expect(await entries('?tenant_id=nobody')).toEqual([])
    expect(await lines('?limit=1000')).toEqual(all)
  })

  test('a key with usage:read sees its own tenant alone, others see nothing', async () => {
    const reader = await makeKey({ scopes: ['usage:read'] })
    const own = await entries('?limit=1000', reader.key)
    expect(own.length).toBeGreaterThan(0)
    expect(own.every(({ tenant_id }) => tenant_id === tenant)).toBe(true)
    expect((await ask('GET', `/audit/management?tenant_id=${other}`, undefined, reader.key)).status).toBe(404)
    const plain = await makeKey()
    expect((await ask('GET', '/audit/management', undefined, plain.key)).status).toBe(403)
  })

  test.each([
    ['action=key.steal', 'action'],
    ['from=yesterday', 'from'],
    ['to=0000-12-31T00:00:00Z', 'to'],
    ['from=2026-11-20T00:00:00Z&to=2026-11-19T23:59:59Z', 'to'],
    ['limit=0', 'limit'],
    ['cursor=x', 'cursor'],
    ['offset=1', 'offset'],
  ])('%s is refused by name', async (query, param) => {
    expect(await ask('GET', `/audit/management?${query}`)).toMatchObject({
      status: 400,
      json: { error: { param } },
    })
    expect((await ask('GET', `/audit/${newId()}`)).status).toBe(404)
  })
})
