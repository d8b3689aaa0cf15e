import { type Charge, readCharge } from '../db/read-record-text'
import { encodeRecord } from './journal'
import type { UsageRecord } from './record'

/** A record as it is written down, and what else somebody must know once it is stored. */
export interface WrittenRecord extends Omit<Charge, 'requestId'> {
  /** `encodeRecord`'s. */
  text: string
}

export function writtenRecord(record: UsageRecord): WrittenRecord {
  return { text: encodeRecord(record), costPicoUsd: record.costPicoUsd, leases: record.leases }
}

/** A record that is read back. Throws SyntaxError or TypeError for what is none. */
export function readWritten(text: string): WrittenRecord & Charge {
  return { text, ...readCharge(text) }
}
