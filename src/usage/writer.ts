import type { Price } from '../catalog/price'
import type { Database } from '../db/client'
import { storePrices } from '../db/prices'
import { type StoreOptions, storeRecords } from '../db/store-records'
import { storedPrice } from './journal'
import type { WrittenBatch } from './written-record'

/**
 * Stores records that were written down, each with its line of the ledger; a record that is already there is left as it is.
 * Rejects while the store is away.
 */
export async function storeWritten(
  database: Database,
  { lines }: Pick<WrittenBatch, 'lines'>,
  options: StoreOptions = {},
): Promise<void> {
  await storeRecords(database, lines, options)
}

/** Keeps prices, so that records which name them can be recomputed. Rejects while the store is away. */
export function writePrices(database: Database, prices: readonly Price[]): Promise<void> {
  return storePrices(database, prices.map(storedPrice))
}
