import { and, desc, eq, isNull, lt, sql as query } from 'drizzle-orm'
import { announce } from './changes'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { type Page, toPage } from './page'
import { key, tenant } from './schema'
import { cleanText } from './text'

/** One key of ours, without its secret; times are milliseconds since 1970. */
export interface KeyRow {
  id: string
  tenantId: string
  name: string
  /** The first letters of the secret, by which people know it. */
  prefix: string
  /** SHA-256 of the secret, in hexadecimal. */
  hash: string
  createdAt: number
  notBefore: number | null
  expiresAt: number | null
  revokedAt: number | null
}

/** Stores a new key; `no_tenant` if its tenant is not there or was deleted. */
export async function insertKey(db: Database, row: KeyRow): Promise<'inserted' | 'no_tenant'> {
  const insertion = db.orm.transaction(async transaction => {
    // Shared, so that the tenant cannot be deleted before the key is there to be revoked with it.
    const owners = await transaction
      .select({ id: tenant.id })
      .from(tenant)
      .where(and(eq(tenant.id, row.tenantId), isNull(tenant.deletedAt)))
      .for('share')
    if (owners.length === 0) return 'no_tenant'
    await transaction.insert(key).values({ ...row, name: cleanText(row.name) })
    await announce(transaction, [{ kind: 'key', ref: row.id }])
    return 'inserted'
  })
  return db.ask(insertion, DEADLINE_MS.write)
}

/** Keys of one tenant or of all, revoked ones too, newest first; `after` is the `next` of the page before. */
export async function listKeys(
  db: Database,
  filter: { tenantId?: string | undefined; limit: number; after?: string | undefined },
): Promise<Page<KeyRow>> {
  const { tenantId, limit, after } = filter
  const rows = await db.ask(
    db.orm
      .select()
      .from(key)
      .where(
        and(
          tenantId === undefined ? undefined : eq(key.tenantId, tenantId),
          after === undefined ? undefined : lt(key.id, after),
        ),
      )
      .orderBy(desc(key.id))
      .limit(limit + 1),
    DEADLINE_MS.read,
  )
  return toPage(rows, limit, row => row.id)
}

/** Revokes a key from `at` on and returns it; a key that was revoked keeps its first time. */
export async function revokeKey(db: Database, id: string, at: number): Promise<KeyRow | undefined> {
  const revocation = db.orm.transaction(async transaction => {
    const [row] = await transaction
      .update(key)
      .set({ revokedAt: query`coalesce(${key.revokedAt}, ${new Date(at).toISOString()}::timestamptz)` })
      .where(eq(key.id, id))
      .returning()
    if (row) await announce(transaction, [{ kind: 'key', ref: id }])
    return row
  })
  return db.ask(revocation, DEADLINE_MS.write)
}

/** The key with this id. */
export async function findKey(db: Database, id: string): Promise<KeyRow | undefined> {
  const [row] = await db.ask(db.sql<StoredKey[]>`SELECT * FROM key WHERE id = ${id}`, DEADLINE_MS.lookup)
  return row && toKey(row)
}

/** The key whose secret has this hash, revoked and expired ones too. */
export async function findKeyByHash(db: Database, hash: string): Promise<KeyRow | undefined> {
  const [row] = await db.ask(db.sql<StoredKey[]>`SELECT * FROM key WHERE hash = ${hash}`, DEADLINE_MS.lookup)
  return row && toKey(row)
}

const LOAD_BATCH = 5_000

/** Every key, in batches of at most 5,000, for a process that starts. */
export async function* loadKeys(db: Database): AsyncGenerator<KeyRow[], void> {
  let after = '00000000-0000-0000-0000-000000000000'
  while (true) {
    const rows = await db.ask(
      db.sql<StoredKey[]>`SELECT * FROM key WHERE id > ${after} ORDER BY id LIMIT ${LOAD_BATCH}`,
      DEADLINE_MS.read,
    )
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(toKey)
    if (rows.length < LOAD_BATCH) return
    after = last.id
  }
}

interface StoredKey {
  tenant_id: string
  id: string
  name: string
  prefix: string
  hash: string
  created_at: number
  not_before: number | null
  expires_at: number | null
  revoked_at: number | null
}

function toKey(row: StoredKey): KeyRow {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    name: row.name,
    prefix: row.prefix,
    hash: row.hash,
    createdAt: row.created_at,
    notBefore: row.not_before,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
