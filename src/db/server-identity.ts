import { GatewayError } from '../errors'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'

/**
 * Which history the server is on: another one after a replica was promoted, a backup restored to an earlier moment, or
 * another server put in its place. Undefined where it cannot be told. Throws `store_unavailable`.
 */
export async function serverIdentity(db: Database): Promise<string | undefined> {
  // Its folder goes back in time together with the spool beside it.
  if (db.embedded) return undefined
  const query = db.sql<{ identity: string }[]>`
    SELECT (SELECT system_identifier::text FROM pg_control_system())
      || '-' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) AS identity`
  try {
    return (await db.ask(query, DEADLINE_MS.write))[0]?.identity
  } catch (error) {
    if (error instanceof GatewayError) throw error
    // Some hosted servers let no one ask.
    return undefined
  }
}
