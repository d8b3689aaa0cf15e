import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { readRecordText } from './read-record-text'
import { TEXT_COLUMNS, textsOf } from './record-text'
import { postgresErrorOf, sqlStateOf } from './store-error'
import { cleanJsonText, cleanText } from './text'

/**
 * Lays a record that the database refuses aside, by its text, whole, and returns the reason: the SQLSTATE and the column or the
 * constraint, never a value. The same record is laid aside once. Throws `store_unavailable` when the database cannot be asked.
 */
export async function buryRecord(db: Database, text: string, error: unknown): Promise<string> {
  const reason = await reasonOf(db, text, error)
  const { audit, line, earlier } = readRecordText(text)
  const { tenantId, requestId } = audit
  const payload = cleanText(JSON.stringify({ ...audit, line, earlier }, bigintAsText))
  await db.ask(
    db.sql`
      INSERT INTO dead_letter (tenant_id, id, request_id, reason, payload)
      VALUES (${asText(tenantId)}, ${idOf(payload)}, ${asText(requestId)}, ${reason}, ${payload})
      ON CONFLICT DO NOTHING`,
    DEADLINE_MS.write,
  )
  return reason
}

async function reasonOf(db: Database, text: string, error: unknown): Promise<string> {
  const refused = postgresErrorOf(error)
  const place = refused?.column_name ?? refused?.constraint_name ?? (await columnAtFault(db, text))
  return [refused?.code, place].filter(part => part !== undefined).join(' ')
}

/** The server names no column for a value that it cannot read: each is tried alone. */
async function columnAtFault(db: Database, text: string): Promise<string | undefined> {
  for (const { name, sql } of TEXT_COLUMNS) {
    const query = `SELECT ${sql} FROM ${textsOf('$1')}`
    try {
      await db.ask(db.sql.unsafe(query, [cleanJsonText(text)]), DEADLINE_MS.lookup)
    } catch (error) {
      if (!sqlStateOf(error)?.startsWith('22')) throw error
      return name
    }
  }
  return undefined
}

const bigintAsText = (_: string, member: unknown) => (typeof member === 'bigint' ? String(member) : member)

/** The same for the same text, in the form of a UUIDv8. */
function idOf(payload: string): string {
  const hash = new Bun.CryptoHasher('sha256').update(payload).digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

const asText = (value: unknown) => cleanText(String(value))
