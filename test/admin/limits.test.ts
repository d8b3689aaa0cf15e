import { afterAll, beforeAll, expect, setDefaultTimeout, test } from 'bun:test'
import { hashKey } from '../../src/auth/key-format'
import { findTenantAllowance, loadTenantAllowances } from '../../src/db/tenant-allowances'
import { describeDatabases } from '../postgres'
import { type Management, startManagement } from './start-management'

setDefaultTimeout(30_000)

const none = { rpm: null, tpm: null, concurrency: null }

describeDatabases('limits', kind => {
  let management: Management
  let tenant: string
  const ask = (...args: Parameters<Management['ask']>) => management.ask(...args)
  const make = async (limits: unknown, maker?: string) =>
    ask('POST', '/api/v1/keys', { tenant_id: tenant, name: 'k', scopes: ['keys:write'], limits }, maker)

  beforeAll(async () => {
    management = await startManagement(kind)
    tenant = (await ask('POST', '/api/v1/tenants', { name: 'acme' })).json.id
  })
  afterAll(() => management.fresh.close())

  test('a key keeps its limits, and a change sets, lifts and leaves each of them', async () => {
    const { json } = await make({ rpm: 60, tpm: 100_000 })
    expect(json.limits).toEqual({ ...none, rpm: 60, tpm: 100_000 })
    const path = `/api/v1/keys/${json.id}`
    const change = async (limits: unknown) => (await ask('PATCH', path, { limits })).json.limits
    expect(await change({ rpm: null, concurrency: 3 })).toEqual({ ...none, tpm: 100_000, concurrency: 3 })
    expect((await ask('PATCH', path, { name: 'other' })).json.limits).toEqual({
      ...none,
      tpm: 100_000,
      concurrency: 3,
    })
    expect(management.deps.keyring.known(hashKey(json.key))?.limits).toEqual({
      ...none,
      tpm: 100_000,
      concurrency: 3,
    })
    expect(await change({ tpm: null, concurrency: null })).toBeNull()
    expect(await change({ rpm: 1 })).toEqual({ ...none, rpm: 1 })
    expect(await change(null)).toBeNull()
  })

  test('a tenant keeps its limits, and processes can read them', async () => {
    const { id, limits } = (await ask('POST', '/api/v1/tenants', { name: 't', limits: { rpm: 5 } })).json
    expect(limits).toEqual({ ...none, rpm: 5 })
    const before = await findTenantAllowance(management.fresh.db, id)
    expect(await loadTenantAllowances(management.fresh.db)).toContainEqual(before!)
    const path = `/api/v1/tenants/${id}`
    expect((await ask('PATCH', path, { limits: { concurrency: 2 } })).json).toMatchObject({
      name: 't',
      limits: { ...none, rpm: 5, concurrency: 2 },
    })
    const after = await findTenantAllowance(management.fresh.db, id)
    expect(after?.limits).toEqual({ ...none, rpm: 5, concurrency: 2 })
    expect(after!.version).toBeGreaterThan(before!.version)
    await ask('DELETE', path)
    expect(await findTenantAllowance(management.fresh.db, id)).toMatchObject({ limits: null })
    expect((await loadTenantAllowances(management.fresh.db)).map(({ tenantId }) => tenantId)).not.toContain(
      id,
    )
  })

  test('what is no limit is a 400 that names the field', async () => {
    for (const [limits, code, param] of [
      [{ rpm: 0 }, 'invalid_value', 'limits.rpm'],
      [{ rpm: -1 }, 'invalid_value', 'limits.rpm'],
      [{ tpm: 1_000_000_001 }, 'invalid_value', 'limits.tpm'],
      [{ tpm: 1.5 }, 'invalid_type', 'limits.tpm'],
      [{ concurrency: '3' }, 'invalid_type', 'limits.concurrency'],
      [{ rpd: 5 }, 'unknown_parameter', 'limits.rpd'],
      ['none', 'invalid_type', 'limits'],
      [[], 'invalid_type', 'limits'],
    ] as const) {
      const wrong = { status: 400, json: { error: { code, param } } }
      expect(await make(limits)).toMatchObject(wrong)
      expect(await ask('POST', '/api/v1/tenants', { name: 't', limits })).toMatchObject(wrong)
    }
  })

  test('T75 a key gives no more than it has: the same limits if nothing is said, never higher ones', async () => {
    const { key, id } = (await make({ rpm: 60, concurrency: 4 })).json
    expect((await make(undefined, key)).json.limits).toEqual({ ...none, rpm: 60, concurrency: 4 })
    expect((await make({ rpm: 10, tpm: 5 }, key)).json.limits).toEqual({ rpm: 10, tpm: 5, concurrency: 4 })
    for (const [limits, param] of [
      [{ rpm: 61 }, 'limits.rpm'],
      [{ rpm: null }, 'limits.rpm'],
      [{ concurrency: 5 }, 'limits.concurrency'],
      [null, 'limits.rpm'],
    ] as const) {
      const wrong = { status: 403, json: { error: { code: 'scope_not_allowed', param } } }
      expect(await make(limits, key)).toMatchObject(wrong)
      expect(await ask('PATCH', `/api/v1/keys/${id}`, { limits }, key)).toMatchObject(wrong)
    }
  })
})
