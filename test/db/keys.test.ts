import { afterAll, beforeAll, expect, test } from 'bun:test'
import { changeKey } from '../../src/db/change-key'
import {
  findKey,
  findKeyByHash,
  insertKey,
  type KeyRow,
  listKeys,
  loadKeys,
  revokeKey,
} from '../../src/db/keys'
import { changeTenant, deleteTenant, findTenant, insertTenant, listTenants } from '../../src/db/tenants'
import { newId } from '../../src/lib/id'
import { describeDatabases, type FreshDatabase, freshDatabase } from '../postgres'
import { keyRow } from './rows'

const NOW = Date.UTC(2026, 10, 22, 10, 0, 0, 123)

describeDatabases('tenants and keys', kind => {
  let fresh: FreshDatabase
  beforeAll(async () => {
    fresh = await freshDatabase(kind)
  })
  afterAll(() => fresh.close())

  async function newTenant(): Promise<string> {
    const id = newId()
    await insertTenant(fresh.db, { id, name: 'acme', createdAt: NOW })
    return id
  }
  async function changes(ref: string): Promise<string[]> {
    const rows = await fresh.db.sql`SELECT kind FROM change WHERE ref = ${ref} ORDER BY id`
    return rows.map(row => row.kind)
  }

  test('a tenant comes back as it was written', async () => {
    const limits = { rpm: 5, tpm: null, concurrency: 2 }
    const budget = { limitPicoUsd: 12_345_678_901_234_567_890n, period: 'week' } as const
    const row = { id: newId(), name: 'acme "quoted" é', createdAt: NOW, limits, budget }
    await insertTenant(fresh.db, row)
    expect(await findTenant(fresh.db, row.id)).toEqual(row)
    expect(await changes(row.id)).toEqual(['tenant'])
  })

  test('a key comes back as it was written, by its id and by its hash', async () => {
    const limits = { rpm: null, tpm: 1_000_000_000, concurrency: null }
    const budget = { limitPicoUsd: 1n, period: 'total' } as const
    const row = keyRow(await newTenant(), { limits, budget, notBefore: NOW - 1, expiresAt: NOW + 86_400_000 })
    expect(await insertKey(fresh.db, row)).toBe('inserted')
    expect(await findKey(fresh.db, row.id)).toEqual(row)
    expect(await findKeyByHash(fresh.db, row.hash)).toEqual(row)
    expect(await findKeyByHash(fresh.db, 'f'.repeat(64))).toBeUndefined()
    expect(await changes(row.id)).toEqual(['key'])
  })

  test('a key of no tenant, or of a deleted one, is not stored and changes nothing', async () => {
    const orphan = keyRow(newId())
    expect(await insertKey(fresh.db, orphan)).toBe('no_tenant')
    const tenantId = await newTenant()
    await deleteTenant(fresh.db, tenantId, NOW)
    expect(await insertKey(fresh.db, keyRow(tenantId))).toBe('no_tenant')
    expect(await findKey(fresh.db, orphan.id)).toBeUndefined()
    expect(await changes(orphan.id)).toEqual([])
  })

  test('a change sees the row and its changer’s as they are, and undoes everything if it throws', async () => {
    const tenantId = await newTenant()
    const [row, changer] = [keyRow(tenantId), keyRow(tenantId)]
    await insertKey(fresh.db, row)
    await insertKey(fresh.db, changer)
    const who = { id: row.id, tenantId, changerId: changer.id }
    const hash = 'e'.repeat(64)
    const changed = await changeKey(fresh.db, who, (found, by) => {
      expect([found, by]).toEqual([row, changer])
      return { name: 'changed\0', models: ['claude-*'], oldHash: found.hash, oldUntil: NOW, hash }
    })
    expect(changed).toEqual({
      ...row,
      name: 'changed\uFFFD',
      models: ['claude-*'],
      hash,
      oldHash: row.hash,
      oldUntil: NOW,
      version: expect.any(Number),
    })
    expect(changed?.version).toBeGreaterThan(row.version)
    for (const secret of [row.hash, hash]) expect(await findKeyByHash(fresh.db, secret)).toEqual(changed)
    const refusal = new Error('no')
    const throwing = changeKey(fresh.db, who, () => {
      throw refusal
    })
    await expect(throwing).rejects.toBe(refusal)
    expect(await findKey(fresh.db, row.id)).toEqual(changed)
    expect(await changes(row.id)).toEqual(['key', 'key'])
    for (const missing of [
      { ...who, tenantId: newId() },
      { ...who, id: newId() },
    ])
      expect(await changeKey(fresh.db, missing, () => ({ name: 'x' }))).toBeUndefined()
  })

  test('two keys that change each other at once wait, and neither fails', async () => {
    const tenantId = await newTenant()
    const [one, other] = [keyRow(tenantId), keyRow(tenantId)]
    await insertKey(fresh.db, one)
    await insertKey(fresh.db, other)
    const rounds = Array.from({ length: 20 }, (_, index) => {
      const [id, changerId] = index % 2 === 0 ? [one.id, other.id] : [other.id, one.id]
      return changeKey(fresh.db, { id, tenantId, changerId }, ({ name }) => ({ name: `${name}+` }))
    })
    await Promise.all(rounds)
    const names = [await findKey(fresh.db, one.id), await findKey(fresh.db, other.id)].map(row => row?.name)
    expect(names).toEqual([`${one.name}${'+'.repeat(10)}`, `${other.name}${'+'.repeat(10)}`])
  })

  test('the same hash is never stored twice', async () => {
    const row = keyRow(await newTenant())
    await insertKey(fresh.db, row)
    const twin = keyRow(row.tenantId, { hash: row.hash })
    await expect(insertKey(fresh.db, twin)).rejects.toThrow('key_hash')
    expect(await changes(twin.id)).toEqual([])
  })

  test('revoking keeps the first time and says so each time', async () => {
    const row = keyRow(await newTenant())
    await insertKey(fresh.db, row)
    const revoked = await revokeKey(fresh.db, row.id, NOW)
    expect(revoked).toEqual({ ...row, revokedAt: NOW, version: expect.any(Number) })
    expect(revoked?.version).toBeGreaterThan(row.version)
    expect(await revokeKey(fresh.db, row.id, NOW, newId())).toBeUndefined()
    expect((await revokeKey(fresh.db, row.id, NOW + 5_000))?.revokedAt).toBe(NOW)
    expect(await revokeKey(fresh.db, newId(), NOW)).toBeUndefined()
    expect((await changes(row.id)).length).toBeGreaterThanOrEqual(2)
  })

  test('a tenant gets another name, one that is deleted none', async () => {
    const id = await newTenant()
    expect(await changeTenant(fresh.db, id, { name: 'other' })).toEqual({
      id,
      name: 'other',
      createdAt: NOW,
      limits: null,
      budget: null,
    })
    expect(await findTenant(fresh.db, id)).toMatchObject({ name: 'other' })
    expect(await changes(id)).toEqual(['tenant', 'tenant'])
    await deleteTenant(fresh.db, id, NOW)
    expect(await changeTenant(fresh.db, id, { name: 'again' })).toBeUndefined()
  })

  test('deleting a tenant hides it and revokes its keys', async () => {
    const tenantId = await newTenant()
    const [early, late] = [keyRow(tenantId), keyRow(tenantId)]
    await insertKey(fresh.db, early)
    await insertKey(fresh.db, late)
    await revokeKey(fresh.db, early.id, NOW)
    expect(await deleteTenant(fresh.db, tenantId, NOW + 1_000)).toBe(true)
    expect(await deleteTenant(fresh.db, tenantId, NOW + 2_000)).toBe(false)
    expect(await findTenant(fresh.db, tenantId)).toBeUndefined()
    expect((await findKey(fresh.db, early.id))?.revokedAt).toBe(NOW)
    expect((await findKey(fresh.db, late.id))?.revokedAt).toBe(NOW + 1_000)
    expect((await changes(late.id)).length).toBe(2)
    expect((await changes(tenantId)).length).toBe(2)
  })

  test('lists go page by page, newest first, without gap or repetition', async () => {
    const tenantId = await newTenant()
    const rows: KeyRow[] = []
    for (let index = 0; index < 5; index++) {
      const row = keyRow(tenantId)
      rows.push(row)
      await insertKey(fresh.db, row)
    }
    const seen: string[] = []
    let after: string | undefined
    do {
      const page = await listKeys(fresh.db, { tenantId, limit: 2, after })
      seen.push(...page.rows.map(row => row.id))
      after = page.next ?? undefined
    } while (after)
    expect(seen).toEqual(rows.map(row => row.id).toReversed())
    const all = await listKeys(fresh.db, { limit: 1_000 })
    expect(all.rows.length).toBeGreaterThan(5)
    expect(all.next).toBeNull()

    const first = await listTenants(fresh.db, { limit: 1 })
    expect(first.rows.map(row => row.id)).toEqual([tenantId])
    const rest = await listTenants(fresh.db, { limit: 1_000, after: first.next! })
    expect(rest.rows.map(row => row.id)).not.toContain(tenantId)
  })

  test('all keys load in batches, 12,000 of them', async () => {
    const tenantId = await newTenant()
    await fresh.db.sql`
      INSERT INTO key (tenant_id, id, name, prefix, hash, created_at)
      SELECT ${tenantId}::uuid, gen_random_uuid(), 'many', 'cm_live_xxxx', md5(n::text) || md5(n::text), now()
      FROM generate_series(1, 12000) AS n`
    const seen = new Set<string>()
    const sizes: number[] = []
    for await (const batch of loadKeys(fresh.db)) {
      sizes.push(batch.length)
      for (const row of batch) seen.add(row.id)
    }
    const [row] = await fresh.db.sql`SELECT count(*)::int AS count FROM key`
    expect(seen.size).toBe(row?.count)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(5_000)
  })
})
