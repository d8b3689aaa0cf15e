import type { Database } from './client'
import { type Column, encodeColumns, rowsOf } from './column'
import { DEADLINE_MS } from './deadline'

/** A price by its version: for each meter an amount in pico-dollars and the units that it is for, both as decimal text. */
export interface PriceRow {
  version: string
  rates: object
  tiers: readonly object[]
}

const COLUMNS: readonly Column<PriceRow>[] = [
  { name: 'version', type: 'text', value: row => row.version },
  { name: 'rates', type: 'jsonb', json: row => row.rates },
  { name: 'tiers', type: 'jsonb', json: row => row.tiers },
]
const INSERT = `
  INSERT INTO price (version, rates, tiers)
  SELECT version, rates, tiers FROM ${rowsOf(COLUMNS, 'sent')}
  ON CONFLICT DO NOTHING`

/** Keeps prices for ever, in one statement; one that is there already is left as it is. Throws `store_unavailable`. */
export async function storePrices(db: Database, rows: readonly PriceRow[]): Promise<void> {
  if (rows.length === 0) return
  await db.ask(db.sql.unsafe(INSERT, encodeColumns(COLUMNS, rows), { prepare: true }), DEADLINE_MS.write)
}
