import type { BudgetLeases } from '../db/ledger-row'
import { decodeRecord, encodeRecord } from './journal'
import type { UsageRecord } from './record'

/** A record as it is written down, and what else somebody must know once it is stored. */
export interface WrittenRecord {
  /** `encodeRecord`'s. */
  text: string
  costPicoUsd: bigint
  leases: BudgetLeases | undefined
}

export function writtenRecord(record: UsageRecord): WrittenRecord {
  return { text: encodeRecord(record), costPicoUsd: record.costPicoUsd, leases: record.leases }
}

/** A record that is read back. Throws SyntaxError or TypeError for what is none. */
export function readWritten(text: string): WrittenRecord & { requestId: string } {
  const { requestId, costPicoUsd, leases } = decodeRecord(text)
  return { requestId, text, costPicoUsd, leases }
}
