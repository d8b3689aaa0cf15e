import { and, desc, eq, isNull, lt } from 'drizzle-orm'
import { announce } from './changes'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { NEXT_VERSION } from './key-version'
import { type Page, toPage } from './page'
import { key, tenant } from './schema'
import { cleanText } from './text'

/** One tenant; times are milliseconds since 1970. */
export interface TenantRow {
  id: string
  name: string
  createdAt: number
}

const COLUMNS = { id: tenant.id, name: tenant.name, createdAt: tenant.createdAt }

/** Stores a new tenant. */
export async function insertTenant(db: Database, row: TenantRow): Promise<void> {
  await db.ask(
    db.orm.transaction(async transaction => {
      await transaction.insert(tenant).values({ ...row, name: cleanText(row.name) })
      await announce(transaction, [{ kind: 'tenant', ref: row.id }])
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

/** Gives a tenant another name; undefined if there is none. */
export async function renameTenant(db: Database, id: string, name: string): Promise<TenantRow | undefined> {
  const change = db.orm.transaction(async transaction => {
    const [row] = await transaction
      .update(tenant)
      .set({ name: cleanText(name) })
      .where(and(eq(tenant.id, id), isNull(tenant.deletedAt)))
      .returning(COLUMNS)
    if (row) await announce(transaction, [{ kind: 'tenant', ref: id }])
    return row
  })
  return db.ask(change, DEADLINE_MS.write)
}

/** Deletes a tenant and revokes its keys; false if there is none. Its records stay. */
export async function deleteTenant(db: Database, id: string, at: number): Promise<boolean> {
  const deletion = db.orm.transaction(async transaction => {
    const found = await transaction
      .update(tenant)
      .set({ deletedAt: at })
      .where(and(eq(tenant.id, id), isNull(tenant.deletedAt)))
      .returning({ id: tenant.id })
    if (found.length === 0) return false
    const revoked = await transaction
      .update(key)
      .set({ revokedAt: at, version: NEXT_VERSION })
      .where(and(eq(key.tenantId, id), isNull(key.revokedAt)))
      .returning({ ref: key.id })
    await announce(transaction, [
      { kind: 'tenant', ref: id },
      ...revoked.map(({ ref }) => ({ kind: 'key' as const, ref })),
    ])
    return true
  })
  return db.ask(deletion, DEADLINE_MS.write)
}
