import { join } from 'node:path'
import { type AuditFilter, listAudit } from '../../src/db/audit'
import type { AuditRow } from '../../src/db/audit-row'
import { type ConnectOptions, connect, type Database } from '../../src/db/client'
import { systemClock as clock } from '../../src/lib/clock'

/** Where a running gateway keeps its records: its data folder's socket, or a real server's URL. */
export type Place = { dataDir: string } | { databaseUrl: string }

const PATIENCE_MS = 2_000

/** Runs something on the database beside the gateway that uses it. */
export async function onDatabase<T>(place: Place, run: (db: Database) => Promise<T>): Promise<T> {
  const db = connect(optionsOf(place))
  try {
    return await run(db)
  } finally {
    await db.close()
  }
}

/** The stored records, newest first; waits at most 2 s until there are so many, which is what the contract allows. */
export function storedRecords(place: Place, atLeast: number, timeoutMs = PATIENCE_MS): Promise<AuditRow[]> {
  const filter: AuditFilter & { limit: number } = { limit: 10_000 }
  return onDatabase(place, async db => {
    const until = performance.now() + timeoutMs
    while (true) {
      const isLast = performance.now() > until
      const rows = await listAudit(db, filter)
      if (rows.length >= atLeast) return rows
      if (isLast) throw new Error(`${rows.length} records after ${timeoutMs} ms, not ${atLeast}`)
      await Bun.sleep(50)
    }
  })
}

function optionsOf(place: Place): ConnectOptions {
  if ('databaseUrl' in place) return { clock, databaseUrl: place.databaseUrl }
  const path = join(place.dataDir, 'socket', '.s.PGSQL.5432')
  return { clock, embedded: { path, host: 'localhost', user: 'postgres', database: 'postgres' } }
}
