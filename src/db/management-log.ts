import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm'
import { CHAIN_START, linkHash } from '../lib/hash-chain'
import { newId } from '../lib/id'
import { formatUsd } from '../lib/money'
import type { Database, Orm } from './client'
import { DEADLINE_MS } from './deadline'
import type { KeyRow } from './keys'
import { type Page, toPage } from './page'
import { managementLog } from './schema'

type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** Who changes something: the admin key, the gateway itself at its first start, or a key by its id. */
export type Changer = 'admin' | 'gateway' | (string & {})

export type ManagementAction =
  | 'tenant.create'
  | 'tenant.update'
  | 'tenant.delete'
  | 'key.create'
  | 'key.update'
  | 'key.rotate'
  | 'key.revoke'
  | 'request.correct'

/** A change as it is noted: the members of the target that people know, before and after; null where it was not there. */
export interface ManagementChange {
  tenantId: string
  by: Changer
  action: ManagementAction
  /** The key's id, the tenant's, or the request's. */
  targetId: string
  before: Facts | null
  after: Facts | null
}

/** Facts of a key, a tenant or a request's bill, in the terms of the public interface. Never a secret or its hash. */
export type Facts = Record<string, unknown>

/** A change as it stands in its tenant's chain. */
export interface ManagementEntry extends ManagementChange {
  id: string
  /** From 1, without a gap. */
  sequence: number
  /** Milliseconds since 1970. */
  at: number
  hash: string
}

/**
 * Notes a change in the transaction that makes it: both are there, or neither. Each entry's hash is of the one before it in
 * its tenant's chain, so one that is changed or removed afterwards shows.
 */
export function noteChange(transaction: Transaction, change: ManagementChange): Promise<void> {
  return noteChanges(transaction, change.tenantId, [change])
}

/** The same for several changes of one tenant, in their order and in one statement: at most `NOTED_AT_ONCE` of them. */
export async function noteChanges(
  transaction: Transaction,
  tenantId: string,
  changes: readonly Omit<ManagementChange, 'tenantId'>[],
): Promise<void> {
  // One at a time for a tenant: two entries cannot both follow the same one.
  await transaction.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${tenantId}, ${LOCK}))`)
  const at = await timeOf(transaction)
  const [last = { sequence: 0, hash: CHAIN_START }] = await transaction
    .select({ sequence: managementLog.sequence, hash: managementLog.hash })
    .from(managementLog)
    .where(eq(managementLog.tenantId, tenantId))
    .orderBy(desc(managementLog.sequence))
    .limit(1)
  let previous = last.hash
  const entries = changes.map((change, index): ManagementEntry => {
    const entry = { ...change, tenantId, id: newId(), sequence: last.sequence + 1 + index, at }
    previous = linkHash(previous, shownEntry(entry))
    return { ...entry, hash: previous }
  })
  await transaction.insert(managementLog).values(entries)
}

/** So many entries have room in one statement, and hold up the process only for some milliseconds. */
export const NOTED_AT_ONCE = 500

/** The database's own: processes' clocks differ, and an entry is not to be older than the one before it. */
async function timeOf(transaction: Transaction): Promise<number> {
  const [row] = await transaction.execute<{ at: string }>(
    sql`SELECT floor(extract(epoch from clock_timestamp()) * 1000)::text AS at`,
  )
  return Number(row?.at)
}

/** Any number that nobody else hashes with. */
const LOCK = 0x6d67

/** An entry as it is shown and hashed: all but its own hash, in the terms of the public interface. */
export function shownEntry(entry: Omit<ManagementEntry, 'hash'>) {
  const { id, tenantId, sequence, at, by, action, targetId, before, after } = entry
  return {
    id,
    tenant_id: tenantId,
    sequence,
    created_at: new Date(at).toISOString(),
    by,
    action,
    target_id: targetId,
    before,
    after,
  }
}

export interface ManagementFilter {
  tenantId?: string | undefined
  targetId?: string | undefined
  by?: string | undefined
  action?: string | undefined
  /** Milliseconds since 1970; `from` is inclusive. */
  from?: number | undefined
  to?: number | undefined
}

/** Entries, newest first; `after` is the `next` of the page before. */
export async function listChanges(
  db: Database,
  { limit, after, ...filter }: ManagementFilter & { limit: number; after?: string | undefined },
): Promise<Page<ManagementEntry>> {
  const rows = await db.ask(
    db.orm
      .select()
      .from(managementLog)
      .where(and(...conditions(filter), ...(after === undefined ? [] : [lt(managementLog.id, after)])))
      .orderBy(desc(managementLog.id))
      .limit(limit + 1),
    DEADLINE_MS.read,
  )
  return toPage(rows, limit, row => row.id)
}

function conditions({ tenantId, targetId, by, action, from, to }: ManagementFilter): SQL[] {
  return [
    tenantId === undefined ? undefined : eq(managementLog.tenantId, tenantId),
    targetId === undefined ? undefined : eq(managementLog.targetId, targetId),
    by === undefined ? undefined : eq(managementLog.by, by),
    action === undefined ? undefined : sql`${managementLog.action} = ${action}`,
    from === undefined ? undefined : gte(managementLog.at, from),
    to === undefined ? undefined : lt(managementLog.at, to),
  ].filter(condition => condition !== undefined)
}

/** What people know of a key. A secret is named by its first letters alone. */
export function factsOfKey(row: KeyRow): Facts {
  const { name, prefix, scopes, models, limits, budget } = row
  return {
    name,
    prefix,
    scopes,
    models,
    limits,
    budget: budgetFacts(budget),
    not_before: timeFact(row.notBefore),
    expires_at: timeFact(row.expiresAt),
    revoked_at: timeFact(row.revokedAt),
    old_secret_until: timeFact(row.oldUntil),
  }
}

function timeFact(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}

/** What people know of a tenant. */
export function factsOfTenant({ name, limits, budget }: Pick<KeyRow, 'name' | 'limits' | 'budget'>): Facts {
  return { name, limits, budget: budgetFacts(budget) }
}

function budgetFacts(budget: KeyRow['budget']): Facts | null {
  return budget && { limit_usd: formatUsd(budget.limitPicoUsd), period: budget.period }
}
