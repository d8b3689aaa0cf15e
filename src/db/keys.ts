import { and, desc, eq, lt } from 'drizzle-orm'
import { LEAST_ID } from '../lib/id'
import { type Budget, readBudget } from './budget'
import { makeKey } from './change-key'
import { announce } from './changes'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { NEXT_VERSION } from './key-version'
import type { RateLimits } from './limits'
import { type Changer, factsOfKey, noteChange } from './management-log'
import { type Page, toPage } from './page'
import { key } from './schema'

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
  /** Names of scopes; a newer version of the gateway may have stored some that this one does not know. */
  scopes: string[]
  /** Model ids or globs; null is every model. */
  models: string[] | null
  /** Null where nothing is limited. */
  limits: RateLimits | null
  /** Null where it may spend what it likes. */
  budget: Budget | null
  /** SHA-256 of the secret before the last rotation, and until when it works. */
  oldHash: string | null
  oldUntil: number | null
  /** Grows with every change. */
  version: number
}

/** Stores a key that the gateway makes for itself; `no_tenant` if its tenant is not there or was deleted. */
export async function insertKey(db: Database, row: KeyRow): Promise<'inserted' | 'no_tenant'> {
  return (await makeKey(db, { tenantId: row.tenantId, makerId: undefined, by: 'gateway' }, () => row))
    ? 'inserted'
    : 'no_tenant'
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

/** Revokes a key (of this tenant, where one is named) from `at` on and returns it; a key that was revoked keeps its first time. */
export async function revokeKey(
  db: Database,
  id: string,
  at: number,
  tenantId?: string | undefined,
  by: Changer = 'admin',
): Promise<KeyRow | undefined> {
  const isIt = and(eq(key.id, id), tenantId === undefined ? undefined : eq(key.tenantId, tenantId))
  const revocation = db.orm.transaction(async transaction => {
    const [before] = await transaction.select().from(key).where(isIt).for('update')
    if (!before || before.revokedAt !== null) return before
    const [row] = await transaction
      .update(key)
      .set({ revokedAt: at, version: NEXT_VERSION })
      .where(isIt)
      .returning()
    if (!row) return undefined
    await announce(transaction, [{ kind: 'key', ref: id }])
    const change = { tenantId: row.tenantId, by, action: 'key.revoke', targetId: id } as const
    await noteChange(transaction, { ...change, before: factsOfKey(before), after: factsOfKey(row) })
    return row
  })
  return db.ask(revocation, DEADLINE_MS.write)
}

/** The key with this id. */
export async function findKey(db: Database, id: string): Promise<KeyRow | undefined> {
  const [row] = await db.ask(db.sql<StoredKey[]>`SELECT * FROM key WHERE id = ${id}`, DEADLINE_MS.lookup)
  return row && toKey(row)
}

/** The key with a secret of this hash, the one before its last rotation included; revoked and expired ones too. */
export async function findKeyByHash(db: Database, hash: string): Promise<KeyRow | undefined> {
  const [row] = await db.lookUp(
    db.sql<StoredKey[]>`SELECT * FROM key WHERE hash = ${hash} OR old_hash = ${hash}`,
  )
  return row && toKey(row)
}

const LOAD_BATCH = 1_000

/** What requests need of a key: of many thousands nothing else should be read. */
export type KeyFacts = Omit<KeyRow, 'name' | 'prefix' | 'createdAt'>

/** Every key, in batches of at most 1,000, for a process that starts. */
export async function* loadKeys(db: Database): AsyncGenerator<KeyFacts[], void> {
  let after = LEAST_ID
  while (true) {
    const rows = await db.ask(
      db.sql<StoredFacts[]>`
        SELECT tenant_id, id, hash, not_before, expires_at, revoked_at, scopes, models, limits, budget, old_hash,
          old_until, version
        FROM key WHERE id > ${after} ORDER BY id LIMIT ${LOAD_BATCH}`,
      DEADLINE_MS.read,
    )
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(toFacts)
    if (rows.length < LOAD_BATCH) return
    after = last.id
  }
}

interface StoredFacts {
  tenant_id: string
  id: string
  hash: string
  not_before: number | null
  expires_at: number | null
  revoked_at: number | null
  scopes: string[]
  models: string[] | null
  limits: RateLimits | null
  budget: unknown
  old_hash: string | null
  old_until: number | null
  version: bigint
}

interface StoredKey extends StoredFacts {
  name: string
  prefix: string
  created_at: number
}

function toKey(row: StoredKey): KeyRow {
  return { ...toFacts(row), name: row.name, prefix: row.prefix, createdAt: row.created_at }
}

function toFacts(row: StoredFacts): KeyFacts {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    hash: row.hash,
    notBefore: row.not_before,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    scopes: row.scopes,
    models: row.models,
    limits: row.limits,
    budget: readBudget(row.budget),
    oldHash: row.old_hash,
    oldUntil: row.old_until,
    version: Number(row.version),
  }
}
