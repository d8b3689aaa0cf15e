import { CHANGE_CHANNEL } from './changes'
import type { Database, RawSql } from './client'
import { DEADLINE_MS } from './deadline'
import type { LimitKind } from './limits'
import { recallText } from './recall'
import type { SharedLimits } from './shared-limits'
import { arrayLiteral } from './text'

type Transaction = Parameters<Parameters<RawSql['begin']>[1]>[0]

/** Whose limits: a key's, or a tenant's (then both ids are the same). */
export interface Subject {
  tenantId: string
  subjectId: string
}

/** A change of one subject's shares. */
export interface Exchange {
  subject: Subject
  /** What becomes of them, by the database's time; undefined to forget them. */
  run: (
    before: SharedLimits | undefined,
    leases: ReadonlyMap<string, number>,
    nowMs: number,
  ) => {
    after: SharedLimits | undefined
    isShort: boolean
    /** The other processes are to hear that this one lacks so much. */
    recalls: Partial<Record<LimitKind, number>>
  }
}

interface StoredShares {
  subject_id: string
  shares: SharedLimits
}

/** A row that was only just made. */
const NOTHING = { version: -1, limits: {} }

/**
 * Exchanges the shares of many subjects in one transaction that holds their rows: nobody else changes them meanwhile.
 * Returns false, and changes nothing, if this process's lease has ended. Throws `store_unavailable`: then it is not known
 * whether the exchange stands.
 */
export async function exchangeShares(
  db: Database,
  processId: string,
  exchanges: readonly Exchange[],
): Promise<boolean> {
  // In one order for all, so that two who want the same rows wait and do not block each other.
  const ordered = exchanges.toSorted((a, b) => (a.subject.subjectId < b.subject.subjectId ? -1 : 1))
  const work = db.sql.begin(transaction => exchangeAll(transaction, processId, ordered))
  return (await db.ask(work, DEADLINE_MS.lookup)) as boolean
}

async function exchangeAll(
  sql: Transaction,
  processId: string,
  exchanges: readonly Exchange[],
): Promise<boolean> {
  const tenantIds = arrayLiteral(exchanges, ({ subject }) => subject.tenantId)
  const subjectIds = arrayLiteral(exchanges, ({ subject }) => subject.subjectId)
  await sql`
    INSERT INTO limit_share (tenant_id, subject_id, shares)
    SELECT *, ${JSON.stringify(NOTHING)}::text::jsonb
    FROM unnest(${tenantIds}::text::uuid[], ${subjectIds}::text::uuid[])
    ON CONFLICT DO NOTHING`
  const rows = await sql<StoredShares[]>`
    SELECT subject_id, shares FROM limit_share
    WHERE (tenant_id, subject_id) IN
      (SELECT * FROM unnest(${tenantIds}::text::uuid[], ${subjectIds}::text::uuid[]))
    ORDER BY subject_id FOR UPDATE`
  // After the rows are held: a lease that ended before somebody else took its share is seen to have ended.
  const found = await sql<{ id: string; until: number; now: number }[]>`
    SELECT id, floor(extract(epoch from expires_at) * 1000)::float8 AS until,
      floor(extract(epoch from clock_timestamp()) * 1000)::float8 AS now
    FROM process_lease`
  const leases = new Map(found.map(({ id, until }) => [id, until]))
  const now = found[0]?.now ?? 0
  if ((leases.get(processId) ?? 0) <= now) return false
  const before = new Map(rows.map(row => [row.subject_id, row.shares]))
  const changed = exchanges.map(({ subject, run }) => {
    const shares = before.get(subject.subjectId)
    return { subject, ...run(shares && shares.version >= 0 ? shares : undefined, leases, now) }
  })
  await store(
    sql,
    changed.flatMap(({ subject, after, isShort }) => (after ? [{ subject, after, isShort }] : [])),
  )
  await forget(
    sql,
    changed.flatMap(({ subject, after }) => (after ? [] : [subject])),
  )
  const recalls = changed.flatMap(({ subject, recalls }) =>
    Object.keys(recalls).length > 0
      ? [recallText({ subjectId: subject.subjectId, processId, needs: recalls })]
      : [],
  )
  if (recalls.length > 0)
    await sql`SELECT pg_notify(${CHANGE_CHANNEL}, recall) FROM unnest(${arrayLiteral(recalls, text => text)}::text::text[]) AS recall`
  return true
}

async function store(
  sql: Transaction,
  rows: readonly { subject: Subject; after: SharedLimits; isShort: boolean }[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    UPDATE limit_share SET shares = new.shares, is_short = new.is_short
    FROM ROWS FROM (
      unnest(${arrayLiteral(rows, ({ subject }) => subject.tenantId)}::text::uuid[]),
      unnest(${arrayLiteral(rows, ({ subject }) => subject.subjectId)}::text::uuid[]),
      unnest(${arrayLiteral(rows, ({ isShort }) => isShort)}::text::boolean[]),
      jsonb_array_elements(${JSON.stringify(rows.map(({ after }) => after))}::text::jsonb)
    ) AS new (tenant_id, subject_id, is_short, shares)
    WHERE limit_share.tenant_id = new.tenant_id AND limit_share.subject_id = new.subject_id`
}

async function forget(sql: Transaction, subjects: readonly Subject[]): Promise<void> {
  if (subjects.length === 0) return
  await sql`
    DELETE FROM limit_share WHERE (tenant_id, subject_id) IN (SELECT * FROM unnest(
      ${arrayLiteral(subjects, ({ tenantId }) => tenantId)}::text::uuid[],
      ${arrayLiteral(subjects, ({ subjectId }) => subjectId)}::text::uuid[]))`
}

/** The subjects of which some process wants more than is free, a thousand at most. Throws `store_unavailable`. */
export async function readShort(db: Database): Promise<{ subjectId: string; shares: SharedLimits }[]> {
  const rows = await db.ask(
    db.sql<StoredShares[]>`SELECT subject_id, shares FROM limit_share WHERE is_short LIMIT 1000`,
    DEADLINE_MS.lookup,
  )
  return rows.map(({ subject_id, shares }) => ({ subjectId: subject_id, shares }))
}

/** Forgets shares that no process holds, nor held in the last hour: what is free of them has long filled. */
export async function pruneShares(db: Database): Promise<void> {
  await db.ask(
    db.sql`
      DELETE FROM limit_share WHERE NOT EXISTS (
        SELECT 1 FROM jsonb_each(shares->'limits') AS l (kind, shared)
        WHERE (shared->>'at')::float8 > extract(epoch from clock_timestamp()) * 1000 - 3600000
          OR EXISTS (SELECT 1 FROM process_lease WHERE shared->'holdings' ? process_lease.id::text))`,
    DEADLINE_MS.write,
  )
}
