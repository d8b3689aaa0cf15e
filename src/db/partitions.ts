import type { Database, RawSql } from './client'
import { firstIdAt, type Month, monthNamed, monthOf, monthsFrom } from './month'
import { asStoreError, sqlStateOf } from './store-error'

type Transaction = Parameters<Parameters<RawSql['begin']>[1]>[0]

/** The tables with a partition for each month of their request ids; the rest of their rows lies in `…_default`. */
const TABLES = ['ledger', 'audit'] as const
const MONTHS_AHEAD = 2
/** Any number that nobody else locks: one less than the migrations'. */
const LOCK = 0x63616c6c6d697372n
/** Whoever waits for an exclusive lock holds up all who come after it: better give up soon and try again. */
const LOCK_TIMEOUT_MS = 1_000
const MOST_TRIES = 10
const PAUSE_MS = 500
const LOCK_NOT_AVAILABLE = '55P03'
const DEADLOCK = '40P01'

/**
 * Makes the partitions of this month and the next two where they are missing, and returns the names of the new ones.
 * Rows that came before their partition did are moved into it. Several processes may do so at once. To be called when a
 * process starts and daily, with a role that owns the tables. Throws `store_unavailable` when the database cannot be
 * asked or is too busy for it; nothing is lost by that, since rows without a partition have a place.
 */
export async function ensurePartitions(db: Pick<Database, 'sql'>, nowMs: number): Promise<string[]> {
  const wanted = TABLES.flatMap(table =>
    monthsFrom(nowMs, MONTHS_AHEAD + 1).map(month => ({ table, month, name: `${table}_${month.name}` })),
  )
  const made: string[] = []
  const present = await partitionsOf(db.sql)
  for (const { table, month, name } of wanted) {
    if (present.includes(name)) continue
    if (await exclusively(db.sql, transaction => create(transaction, table, month, name))) made.push(name)
  }
  return made
}

/**
 * Drops the partitions of the months before the one that `ms` lies in, deletes what rows of those months lie outside
 * of partitions, and returns the names of the partitions. Throws as `ensurePartitions` does.
 */
export async function dropPartitionsBefore(db: Pick<Database, 'sql'>, ms: number): Promise<string[]> {
  const { startMs } = monthOf(ms)
  const old = (await partitionsOf(db.sql)).filter(
    name => (monthNamed(name)?.endMs ?? Number.POSITIVE_INFINITY) <= startMs,
  )
  for (const name of old) {
    await exclusively(db.sql, transaction => transaction.unsafe(`DROP TABLE IF EXISTS ${name}`))
  }
  for (const table of TABLES) {
    await exclusively(db.sql, transaction =>
      transaction.unsafe(`DELETE FROM ${table}_default WHERE request_id < '${firstIdAt(startMs)}'`),
    )
  }
  return old
}

/** The names of the monthly partitions that there are, in order of time. */
async function partitionsOf(sql: RawSql | Transaction): Promise<string[]> {
  try {
    const rows = await sql<{ name: string }[]>`
      SELECT child.relname AS name
      FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
      WHERE inhparent IN ('ledger'::regclass, 'audit'::regclass)
      ORDER BY child.relname`
    return rows.map(({ name }) => name).filter(name => monthNamed(name) !== undefined)
  } catch (error) {
    throw asStoreError(error)
  }
}

/** False if another process has made it. Not `PARTITION OF`: that would lock out every reader and writer of the table. */
async function create(sql: Transaction, table: string, month: Month, name: string): Promise<boolean> {
  if ((await partitionsOf(sql)).includes(name)) return false
  const [from, to] = [firstIdAt(month.startMs), firstIdAt(month.endMs)]
  await sql.unsafe(`CREATE TABLE ${name} (LIKE ${table} INCLUDING ALL)`)
  // Nobody may add a row to the rest between its being emptied and the new partition's being there.
  await sql.unsafe(`LOCK TABLE ${table}_default IN ACCESS EXCLUSIVE MODE`)
  await sql.unsafe(`
    WITH moved AS (
      DELETE FROM ${table}_default WHERE request_id >= '${from}' AND request_id < '${to}' RETURNING *
    )
    INSERT INTO ${name} SELECT * FROM moved`)
  await sql.unsafe(`ALTER TABLE ${table} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`)
  return true
}

/** Does one step at a time among all processes, in a transaction that may take as long as it must once it has its locks. */
async function exclusively<T>(sql: RawSql, step: (transaction: Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return (await sql.begin(async transaction => {
        await transaction.unsafe('SET LOCAL statement_timeout = 0')
        await transaction`SELECT pg_advisory_xact_lock(${LOCK.toString()}::bigint)`
        await transaction.unsafe(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
        return step(transaction)
      })) as T
    } catch (error) {
      const state = sqlStateOf(error)
      if ((state !== LOCK_NOT_AVAILABLE && state !== DEADLOCK) || tries === MOST_TRIES)
        throw asStoreError(error)
      await Bun.sleep(PAUSE_MS)
    }
  }
}
