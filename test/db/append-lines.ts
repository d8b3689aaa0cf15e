import type { Database } from '../../src/db/client'
import { encodeColumns, rowsOf } from '../../src/db/column'
import { DEADLINE_MS } from '../../src/db/deadline'
import type { LedgerRow } from '../../src/db/ledger-row'
import { LINE_COLUMNS, storedValue } from '../../src/db/record-columns'

const NAMES = LINE_COLUMNS.map(({ name }) => name)
const INSERT = `
  INSERT INTO ledger (${NAMES.join(', ')})
  SELECT ${NAMES.map(name => storedValue(name, name)).join(', ')} FROM ${rowsOf(LINE_COLUMNS, 'sent')}
  ON CONFLICT DO NOTHING`

/**
 * Adds lines to requests (corrections, above all) in one statement and returns how many were new; a line that is there
 * already is left as it is. Throws the server's refusal of a line, and then none is added; `store_unavailable` when the
 * database cannot be asked.
 */
export async function appendLines(db: Database, rows: readonly LedgerRow[]): Promise<number> {
  if (rows.length === 0) return 0
  const query = db.sql.unsafe(INSERT, encodeColumns(LINE_COLUMNS, rows), { prepare: true })
  return (await db.ask(query, DEADLINE_MS.write)).count
}
