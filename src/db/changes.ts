import { sql as query } from 'drizzle-orm'
import type { Database, Orm } from './client'
import { DEADLINE_MS } from './deadline'
import { change } from './schema'

/** What has changed: read it again. Hearing of a change twice does no harm. */
export interface Change {
  /** `budget`: some process lacks what others may not need of this key's or tenant's budget. */
  kind: 'key' | 'tenant' | 'budget'
  ref: string
}

/**
 * How far a reader has come. Transactions commit out of order, so a place in the table cannot say it: `xid` is the oldest
 * transaction that was still open when it last read, and everything from there on is read again. `afterId` and `next`
 * are set while a long read is between two pages.
 */
export interface ChangeCursor {
  xid: string
  afterId: string
  next: string | null
}

export interface ChangeBatch {
  changes: Change[]
  cursor: ChangeCursor
  /** The database's, in milliseconds since 1970. */
  date: number
  /** There is more to read at once. */
  more: boolean
  /** The server's transactions count from further back than the cursor (a failover, a restored backup): changes may be missing. */
  rewound: boolean
}

export const CHANGE_CHANNEL = 'callmissed_change'
const PAGE = 1_000
/** Older changes are deleted; a reader that was away for half of it has to start anew. */
export const CHANGES_KEPT_MS = 24 * 3_600_000

type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** Says in the caller's transaction that something changed, and wakes the readers of a real server when it commits. */
export async function announce(transaction: Transaction, changes: Change[]): Promise<void> {
  if (changes.length === 0) return
  await transaction.insert(change).values(changes)
  await transaction.execute(query`SELECT pg_notify(${CHANGE_CHANNEL}, '')`)
}

/** The cursor of a reader that starts now: take it before reading what the changes are about. */
export async function startCursor(db: Database): Promise<ChangeCursor> {
  const [row] = await db.ask(
    db.sql<{ xmin: string }[]>`SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin`,
    DEADLINE_MS.lookup,
  )
  return { xid: row?.xmin ?? '0', afterId: '0', next: null }
}

/** Reads the next changes, at most a thousand. Throws `store_unavailable` when the database cannot be asked. */
export async function readChanges(db: Database, cursor: ChangeCursor): Promise<ChangeBatch> {
  const rows = await db.ask(
    db.sql<{ xmin: string; date: number; id: string | null; kind: Change['kind']; ref: string }[]>`
      SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin,
        extract(epoch FROM clock_timestamp())::double precision * 1000 AS date, page.id::text AS id, page.kind, page.ref
      FROM (SELECT 1) AS always
      LEFT JOIN LATERAL (
        SELECT id, kind, ref FROM change
        WHERE xid >= ${cursor.xid}::text::xid8 AND id > ${cursor.afterId}::text::bigint
        ORDER BY id LIMIT ${PAGE}::int
      ) AS page ON true`,
    DEADLINE_MS.lookup,
  )
  const xmin = rows[0]?.xmin ?? cursor.xid
  const found = rows.flatMap(({ id, kind, ref }) => (id === null ? [] : [{ id, kind, ref }]))
  const next = cursor.next ?? xmin
  const more = found.length === PAGE
  return {
    changes: found.map(({ kind, ref }) => ({ kind, ref })),
    cursor: more
      ? { xid: cursor.xid, afterId: found.at(-1)?.id ?? cursor.afterId, next }
      : { xid: next, afterId: '0', next: null },
    date: rows[0]?.date ?? Number.NaN,
    more,
    rewound: BigInt(xmin) < BigInt(cursor.xid),
  }
}

/** Deletes changes that every reader has long read. */
export async function pruneChanges(db: Database, olderThanMs = CHANGES_KEPT_MS): Promise<void> {
  await db.ask(
    db.sql`DELETE FROM change WHERE created_at < now() - ${olderThanMs}::double precision * interval '1 millisecond'`,
    DEADLINE_MS.write,
  )
}
