import { addCharge, type Charged, chargesOf, type LeaseCharges } from '../db/lease-charges'
import { type Charge, readCharge } from '../db/read-record-text'
import type { Tally } from '../spool/page'
import { encodeRecord } from './journal'
import type { UsageRecord } from './record'

/** A record as it is written down, and what else somebody must know once it is stored. */
export interface WrittenRecord extends Omit<Charge, 'requestId'> {
  /** `encodeRecord`'s. */
  text: string
}

/** Records that are stored together. */
export interface WrittenBatch {
  /** Their texts, a line each. */
  lines: string
  charges: Readonly<LeaseCharges>
}

export function writtenRecord(record: UsageRecord): WrittenRecord {
  return { text: encodeRecord(record), costPicoUsd: record.costPicoUsd, leases: record.leases }
}

/** A record that is read back. Throws SyntaxError or TypeError for what is none. */
export function readWritten(text: string): WrittenRecord & Charge {
  return { text, ...readCharge(text) }
}

/** At least one record. */
export function batchOf(records: readonly WrittenRecord[]): WrittenBatch {
  return { lines: records.map(({ text }) => text).join('\n'), charges: chargesOf(records) }
}

/** What the records of a page cost: all that is kept of them besides their texts. */
export class ChargeTally implements Tally<Charged> {
  readonly charges: LeaseCharges = new Map()

  add(record: Charged): void {
    addCharge(this.charges, record)
  }
}
