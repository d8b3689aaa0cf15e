import { isDeepStrictEqual } from 'node:util'
import { and, eq, inArray, isNull } from 'drizzle-orm'
import { announce } from './changes'
import type { Database, Orm } from './client'
import { DEADLINE_MS } from './deadline'
import { NEXT_VERSION } from './key-version'
import type { KeyRow } from './keys'
import { type Changer, factsOfKey, noteChange } from './management-log'
import { key, tenant } from './schema'
import { cleanText } from './text'

type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]
/** What of a key can be changed. */
export type KeyPatch = Partial<
  Pick<
    KeyRow,
    | 'name'
    | 'scopes'
    | 'models'
    | 'limits'
    | 'budget'
    | 'notBefore'
    | 'expiresAt'
    | 'hash'
    | 'prefix'
    | 'oldHash'
    | 'oldUntil'
  >
>

/**
 * Stores a key that `make` builds from its maker's row; undefined if its tenant is not there. The maker's row is locked
 * meanwhile, so that what it gives is what it has at that moment. What `make` throws undoes all of it.
 */
export async function makeKey(
  db: Database,
  {
    tenantId,
    makerId,
    by = makerId ?? 'admin',
  }: { tenantId: string; makerId: string | undefined; by?: Changer },
  make: (maker: KeyRow | undefined) => KeyRow,
): Promise<KeyRow | undefined> {
  const insertion = db.orm.transaction(async transaction => {
    if (!(await holdTenant(transaction, tenantId))) return undefined
    const [maker] = makerId === undefined ? [] : await holdKeys(transaction, [makerId])
    const row = make(maker)
    const stored = { ...row, name: cleanText(row.name) }
    await transaction.insert(key).values(stored)
    await announce(transaction, [{ kind: 'key', ref: row.id }])
    const change = { tenantId, by, action: 'key.create', targetId: row.id, before: null } as const
    await noteChange(transaction, { ...change, after: factsOfKey(stored) })
    return stored
  })
  return db.ask(insertion, DEADLINE_MS.write)
}

/**
 * Changes a key by what `change` makes of its row and its changer's, both locked; undefined if there is none (in this
 * tenant, where one is named). What `change` throws undoes all of it; what changes nothing is not noted.
 */
export async function changeKey(
  db: Database,
  { id, tenantId, changerId }: { id: string; tenantId: string | undefined; changerId: string | undefined },
  change: (row: KeyRow, changer: KeyRow | undefined) => KeyPatch,
): Promise<KeyRow | undefined> {
  const update = db.orm.transaction(async transaction => {
    const [owner] = await transaction.select({ id: key.tenantId }).from(key).where(eq(key.id, id))
    if (!owner || (tenantId !== undefined && owner.id !== tenantId)) return undefined
    if (!(await holdTenant(transaction, owner.id))) return undefined
    const held = await holdKeys(transaction, changerId === undefined ? [id] : [id, changerId])
    const row = held.find(found => found.id === id)
    if (!row) return undefined
    const patch = change(
      row,
      held.find(found => found.id === changerId),
    )
    return store(transaction, row, patch, changerId ?? 'admin')
  })
  return db.ask(update, DEADLINE_MS.write)
}

async function store(
  transaction: Transaction,
  row: KeyRow,
  patch: KeyPatch,
  by: Changer,
): Promise<KeyRow | undefined> {
  const clean = patch.name === undefined ? patch : { ...patch, name: cleanText(patch.name) }
  if (isDeepStrictEqual({ ...row, ...clean }, row)) return row
  const [changed] = await transaction
    .update(key)
    .set({ ...clean, version: NEXT_VERSION })
    .where(eq(key.id, row.id))
    .returning()
  if (!changed) return undefined
  await announce(transaction, [{ kind: 'key', ref: row.id }])
  await noteChange(transaction, {
    tenantId: row.tenantId,
    by,
    action: patch.hash === undefined ? 'key.update' : 'key.rotate',
    targetId: row.id,
    before: factsOfKey(row),
    after: factsOfKey(changed),
  })
  return changed
}

/** Shared, and before its keys, as a deletion locks them: a tenant cannot be deleted while a key of it is made or changed. */
async function holdTenant(transaction: Transaction, id: string): Promise<boolean> {
  const owners = await transaction
    .select({ id: tenant.id })
    .from(tenant)
    .where(and(eq(tenant.id, id), isNull(tenant.deletedAt)))
    .for('share')
  return owners.length > 0
}

/** In the order of their ids, so that two who hold the same keys wait and do not block each other. */
function holdKeys(transaction: Transaction, ids: string[]): Promise<KeyRow[]> {
  return transaction.select().from(key).where(inArray(key.id, ids)).orderBy(key.id).for('update')
}
