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
    const chain = (await entries(`?tenant_id=${tenant}&limit=1000`)).toReversed()
    let previous = CHAIN_START
    for (const [index, { hash, ...said }] of chain.entries()) {
      expect(said.sequence).toBe(index + 1)
      expect(linkHash(previous, said)).toBe(hash)
      previous = hash
    }
    expect(chain.length).toBeGreaterThan(20)
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
    const lines = await management.app.handle(
      new Request('http://localhost/api/v1/audit/management', {
        headers: { authorization: `Bearer ${ADMIN_KEY}`, accept: 'application/x-ndjson' },
      }),
    )
    const found = (await lines.text()).split('\n').filter(Boolean)
    expect(found.map(line => JSON.parse(line))).toEqual(all)
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
