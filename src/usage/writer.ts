import { insertAudit } from '../db/audit'
import type { Database } from '../db/client'
import type { UsageRecord } from './record'

/** Writes a batch of records in one statement; a record that is already there is left as it is. Rejects while the store is away. */
export async function writeRecords(database: Database, records: readonly UsageRecord[]): Promise<void> {
  await insertAudit(database, records)
}
