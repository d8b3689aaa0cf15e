import type { Database } from './client'
import { monthBefore } from './month'
import { dropPartitionsBefore } from './partitions'
import { asStoreError } from './store-error'

/**
 * Drops the records of all months but this one and so many whole ones before it, by the server's clock: this machine's
 * may be wrong, and what is dropped is gone. Returns the names of the partitions; nothing without a number. Throws
 * `store_unavailable`.
 */
export async function dropOldMonths(
  db: Pick<Database, 'sql'>,
  monthsKept: number | undefined,
): Promise<string[]> {
  if (monthsKept === undefined) return []
  return dropPartitionsBefore(db, monthBefore(await serverTime(db), monthsKept).startMs)
}

async function serverTime({ sql }: Pick<Database, 'sql'>): Promise<number> {
  try {
    const [row] = await sql<{ now: number }[]>`SELECT now() AS now`
    if (!row) throw new Error('the server does not tell its time')
    return row.now
  } catch (error) {
    throw asStoreError(error)
  }
}
