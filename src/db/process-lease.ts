import type { Database } from './client'
import { DEADLINE_MS } from './deadline'

/** How long a process that is silent keeps what it holds. */
const LEASE_MS = 10_000
/** Leases that ended are kept for so long, so that what was held by them can be told from what nobody holds. */
const ENDED_KEPT = '1 hour'

/**
 * Begins a process's lease, or makes it last `LEASE_MS` from now; `isKept` is false if it had ended, which is for good:
 * what it held may be somebody else's. `others` are the processes besides it. Throws `store_unavailable`.
 */
export async function renewLease(db: Database, id: string): Promise<{ isKept: boolean; others: number }> {
  const rows = await db.ask(
    db.sql<{ kept: number; others: number }[]>`
      WITH kept AS (
        INSERT INTO process_lease AS lease (id, expires_at)
        VALUES (${id}, clock_timestamp() + ${LEASE_MS}::int * interval '1 millisecond')
        ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at
        WHERE lease.expires_at > clock_timestamp()
        RETURNING id
      )
      SELECT (SELECT count(*)::int FROM kept) AS kept,
        (SELECT count(*)::int FROM process_lease WHERE id <> ${id} AND expires_at > clock_timestamp()) AS others`,
    DEADLINE_MS.lookup,
  )
  const { kept = 0, others = 0 } = rows[0] ?? {}
  return { isKept: kept > 0, others }
}

/** Ends a lease now. Throws `store_unavailable`. */
export async function endLease(db: Database, id: string): Promise<void> {
  await db.ask(
    db.sql`UPDATE process_lease SET expires_at = clock_timestamp() WHERE id = ${id}`,
    DEADLINE_MS.lookup,
  )
}

/** Forgets leases that ended long ago. */
export async function pruneLeases(db: Database): Promise<void> {
  await db.ask(
    db.sql`DELETE FROM process_lease WHERE expires_at < clock_timestamp() - ${ENDED_KEPT}::interval`,
    DEADLINE_MS.write,
  )
}
