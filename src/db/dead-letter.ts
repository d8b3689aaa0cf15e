import type { Database } from './client'
import { encodeColumns, UnencodableError } from './column'
import { DEADLINE_MS } from './deadline'
import type { StoredRecord } from './ledger-row'
import { RECORD_COLUMNS, storedValue } from './record-columns'
import { postgresErrorOf, sqlStateOf } from './store-error'
import { cleanText } from './text'

/**
 * Lays a record that the database refuses aside, whole, and returns the reason: the SQLSTATE and the column or the
 * constraint, never a value. The same record is laid aside once. Throws `store_unavailable` when the database cannot be asked.
 */
export async function buryRecord(db: Database, record: StoredRecord, error: unknown): Promise<string> {
  const reason = await reasonOf(db, record, error)
  const payload = payloadOf(record)
  const { tenantId, requestId } = record.audit
  await db.ask(
    db.sql`
      INSERT INTO dead_letter (tenant_id, id, request_id, reason, payload)
      VALUES (${asText(tenantId)}, ${idOf(payload)}, ${asText(requestId)}, ${reason}, ${payload})
      ON CONFLICT DO NOTHING`,
    DEADLINE_MS.write,
  )
  return reason
}

async function reasonOf(db: Database, record: StoredRecord, error: unknown): Promise<string> {
  if (error instanceof UnencodableError) return `unencodable ${error.column}`
  const refused = postgresErrorOf(error)
  const place = refused?.column_name ?? refused?.constraint_name ?? (await columnAtFault(db, record))
  return [refused?.code, place].filter(part => part !== undefined).join(' ')
}

/** The server names no column for a value that it cannot read: each is tried alone. */
async function columnAtFault(db: Database, record: StoredRecord): Promise<string | undefined> {
  const parameters = encodeColumns(RECORD_COLUMNS, [record])
  for (const [index, column] of RECORD_COLUMNS.entries()) {
    const { name } = column
    const sent =
      'json' in column ? 'jsonb_array_elements($1::text::jsonb)' : `unnest($1::text::${column.type}[])`
    const query = `SELECT ${storedValue(name)} FROM ${sent} AS sent (${name})`
    try {
      await db.ask(db.sql.unsafe(query, parameters.slice(index, index + 1)), DEADLINE_MS.lookup)
    } catch (error) {
      if (!sqlStateOf(error)?.startsWith('22')) throw error
      return name
    }
  }
  return undefined
}

/** The record as JSON, money as text; its ids alone where it is no JSON. */
function payloadOf({ audit, line, earlier }: StoredRecord): string {
  const { tenantId, requestId } = audit
  try {
    return cleanText(JSON.stringify({ ...audit, line, earlier }, bigintAsText))
  } catch {
    return cleanText(JSON.stringify({ tenantId, requestId }, bigintAsText))
  }
}

const bigintAsText = (_: string, member: unknown) => (typeof member === 'bigint' ? String(member) : member)

/** The same for the same text, in the form of a UUIDv8. */
function idOf(payload: string): string {
  const hash = new Bun.CryptoHasher('sha256').update(payload).digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

const asText = (value: unknown) => cleanText(String(value))
