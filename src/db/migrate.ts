import { join } from 'node:path'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { openEmbedded, openServer, type RawSql } from './client'
import type { EmbeddedConnection } from './embedded/start'
import { asStoreError } from './store-error'

export type MigrateTarget = { databaseUrl: string } | { embedded: EmbeddedConnection }

const FOLDER = join(import.meta.dir, '..', '..', 'drizzle')
/** Any number that nobody else locks: "callmiss" in ASCII. */
const LOCK = 0x63616c6c6d697373n
const OLDEST_SERVER = 140_000
/** How long one process waits for another's migration. */
const LOCK_TIMEOUT_MS = 60_000

type Migration = ReturnType<typeof readMigrationFiles>[number]
type Transaction = Parameters<Parameters<RawSql['begin']>[1]>[0]

/**
 * Brings a database to this code's schema, forward only, in one transaction: all of it or nothing. Returns how many
 * steps were taken. Processes that do so at once wait for each other (an advisory lock; on the embedded server the data
 * folder has one owner anyway). Throws one clear line if the database is newer than the code, was migrated by other
 * files, or its server is older than PostgreSQL 14; `store_unavailable` if it cannot be reached.
 */
export async function migrate(target: MigrateTarget, folder = FOLDER): Promise<number> {
  const migrations = readMigrationFiles({ migrationsFolder: folder })
  const sql =
    'embedded' in target
      ? openEmbedded(target.embedded, 1)
      : openServer(target.databaseUrl, { max: 1, statementTimeoutMs: 0 })
  try {
    return (await sql.begin(transaction => step(transaction, migrations))) as number
  } catch (error) {
    throw asStoreError(error)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function step(sql: Transaction, migrations: Migration[]): Promise<number> {
  await refuseOldServer(sql)
  await sql.unsafe(`SET LOCAL lock_timeout = ${LOCK_TIMEOUT_MS}`)
  // Held by the transaction, so that a pooler in between cannot give it to another connection.
  await sql`SELECT pg_advisory_xact_lock(${LOCK.toString()}::bigint)`
  await sql`
    CREATE TABLE IF NOT EXISTS migration (
      made_at bigint PRIMARY KEY,
      hash text NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`
  const applied = await sql<{ madeAt: string; hash: string }[]>`
    SELECT made_at::text AS "madeAt", hash FROM migration ORDER BY made_at`
  refuseNewer(applied, migrations)

  const missing = migrations.slice(applied.length)
  for (const migration of missing) {
    // One trip for all of a step.
    await sql.unsafe(migration.sql.join('\n;')).simple()
    await sql`INSERT INTO migration (made_at, hash) VALUES (${String(migration.folderMillis)}::bigint, ${migration.hash})`
  }
  return missing.length
}

async function refuseOldServer(sql: Transaction): Promise<void> {
  const [row] = await sql<{ version: number; name: string }[]>`
    SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name`
  if (row && row.version < OLDEST_SERVER) {
    throw new Error(`The database server is PostgreSQL ${row.name}: 14 or newer is needed.`)
  }
}

function refuseNewer(applied: { madeAt: string; hash: string }[], migrations: Migration[]): void {
  if (applied.length > migrations.length) {
    throw new Error(
      `The database is newer than this version of the gateway (${applied.length} migrations, ${migrations.length} known here): start the newer version.`,
    )
  }
  const other = applied.findIndex(
    ({ madeAt, hash }, at) =>
      madeAt !== String(migrations[at]?.folderMillis) || hash !== migrations[at]?.hash,
  )
  if (other >= 0) {
    throw new Error(
      `The database was migrated by another version of the gateway (its migration ${other + 1} is not the one known here): start that version.`,
    )
  }
}
