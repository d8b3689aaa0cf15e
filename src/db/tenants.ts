import { isDeepStrictEqual } from 'node:util'
import { and, desc, eq, isNull, lt } from 'drizzle-orm'
import type { Budget } from './budget'
import { announce } from './changes'
import type { Database, Orm } from './client'
import { DEADLINE_MS } from './deadline'
import { NEXT_TENANT_VERSION, NEXT_VERSION } from './key-version'
import type { KeyRow } from './keys'
import { changedLimits, type LimitsPatch, type RateLimits } from './limits'
import {
  type Changer,
  factsOfKey,
  factsOfTenant,
  NOTED_AT_ONCE,
  noteChange,
  noteChanges,
} from './management-log'
import { type Page, toPage } from './page'
import { key, tenant } from './schema'
import { cleanText } from './text'

type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** One tenant; times are milliseconds since 1970. */
export interface TenantRow {
  id: string
  name: string
  createdAt: number
  /** Null where nothing is limited. */
  limits: RateLimits | null
  /** Null where it may spend what it likes. */
  budget: Budget | null
}

const COLUMNS = {
  id: tenant.id,
  name: tenant.name,
  createdAt: tenant.createdAt,
  limits: tenant.limits,
  budget: tenant.budget,
}

/** Stores a new tenant. */
export async function insertTenant(
  db: Database,
  row: Omit<TenantRow, 'limits' | 'budget'> & Partial<Pick<TenantRow, 'limits' | 'budget'>>,
  by: Changer = 'admin',
): Promise<void> {
  await db.ask(
    db.orm.transaction(async transaction => {
      const stored = { limits: null, budget: null, ...row, name: cleanText(row.name) }
      await transaction.insert(tenant).values(stored)
      await announce(transaction, [{ kind: 'tenant', ref: row.id }])
      const change = {
        tenantId: row.id,
        by,
        action: 'tenant.create',
        targetId: row.id,
        before: null,
      } as const
      await noteChange(transaction, { ...change, after: factsOfTenant(stored) })
    }),
    DEADLINE_MS.write,
  )
}

/** The tenant, unless there is none or it was deleted. */
export async function findTenant(db: Database, id: string): Promise<TenantRow | undefined> {
  const rows = await db.ask(
    db.orm
      .select(COLUMNS)
      .from(tenant)
      .where(and(eq(tenant.id, id), isNull(tenant.deletedAt))),
    DEADLINE_MS.read,
  )
  return rows[0]
}

/** Tenants that are not deleted, newest first; `after` is the `next` of the page before. */
export async function listTenants(
  db: Database,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<Page<TenantRow>> {
  const rows = await db.ask(
    db.orm
      .select(COLUMNS)
      .from(tenant)
      .where(and(isNull(tenant.deletedAt), after === undefined ? undefined : lt(tenant.id, after)))
      .orderBy(desc(tenant.id))
      .limit(limit + 1),
    DEADLINE_MS.read,
  )
  return toPage(rows, limit, row => row.id)
}

export interface TenantPatch {
  name?: string | undefined
  limits?: LimitsPatch | undefined
  /** Null takes it away. */
  budget?: Budget | null | undefined
}

/** Changes what the patch names of a tenant; undefined if there is none. What changes nothing is not noted. */
export async function changeTenant(
  db: Database,
  id: string,
  { name, limits, budget }: TenantPatch,
): Promise<TenantRow | undefined> {
  const isThere = and(eq(tenant.id, id), isNull(tenant.deletedAt))
  const change = db.orm.transaction(async transaction => {
    const [before] = await transaction.select(COLUMNS).from(tenant).where(isThere).for('update')
    if (!before) return undefined
    const patch = {
      ...(name === undefined ? {} : { name: cleanText(name) }),
      ...(limits === undefined ? {} : { limits: changedLimits(before.limits, limits) }),
      ...(budget === undefined ? {} : { budget }),
    }
    if (isDeepStrictEqual({ ...before, ...patch }, before)) return before
    const [row] = await transaction
      .update(tenant)
      .set({ ...patch, version: NEXT_TENANT_VERSION })
      .where(isThere)
      .returning(COLUMNS)
    if (!row) return undefined
    await announce(transaction, [{ kind: 'tenant', ref: id }])
    const change = { tenantId: id, by: 'admin', action: 'tenant.update', targetId: id } as const
    await noteChange(transaction, { ...change, before: factsOfTenant(before), after: factsOfTenant(row) })
    return row
  })
  return db.ask(change, DEADLINE_MS.write)
}

/** Deletes a tenant and revokes its keys; false if there is none. Its records stay. */
export async function deleteTenant(db: Database, id: string, at: number): Promise<boolean> {
  const deletion = db.orm.transaction(async transaction => {
    const found = await transaction
      .update(tenant)
      .set({ deletedAt: at, version: NEXT_TENANT_VERSION })
      .where(and(eq(tenant.id, id), isNull(tenant.deletedAt)))
      .returning(COLUMNS)
    const [deleted] = found
    if (!deleted) return false
    const revoked = await transaction
      .update(key)
      .set({ revokedAt: at, version: NEXT_VERSION })
      .where(and(eq(key.tenantId, id), isNull(key.revokedAt)))
      .returning()
    await announce(transaction, [{ kind: 'tenant', ref: id }])
    await tellRevoked(transaction, id, revoked)
    const change = { tenantId: id, by: 'admin', action: 'tenant.delete', targetId: id, after: null } as const
    await noteChange(transaction, { ...change, before: factsOfTenant(deleted) })
    return true
  })
  return db.ask(deletion, DEADLINE_MS.write)
}

/** Announces and notes each key as a revocation of its own would. A tenant can have many thousands. */
async function tellRevoked(
  transaction: Transaction,
  tenantId: string,
  revoked: readonly KeyRow[],
): Promise<void> {
  for (let start = 0; start < revoked.length; start += NOTED_AT_ONCE) {
    const rows = revoked.slice(start, start + NOTED_AT_ONCE)
    await announce(
      transaction,
      rows.map(({ id }) => ({ kind: 'key', ref: id })),
    )
    const changes = rows.map(row => ({
      by: 'admin',
      action: 'key.revoke' as const,
      targetId: row.id,
      before: factsOfKey({ ...row, revokedAt: null }),
      after: factsOfKey(row),
    }))
    await noteChanges(transaction, tenantId, changes)
  }
}
