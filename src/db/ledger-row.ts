import type { AuditRow } from './audit-row'

/** What was used, in classes that do not overlap. */
export interface LedgerQuantities {
  input: number
  cachedInput: number
  cacheWrite: number
  cacheWrite1h: number
  output: number
  reasoning: number
  audioInput: number
  audioOutput: number
  imageInput: number
  imageOutput: number
  audioMs: number
  characters: number
  images: number
}

/** usage: the vendor's own figures · estimated: ours, in whole or in part · adjustment: a correction, which alone may be negative · overrun: what a vendor billed beyond what it was allowed. */
export type LedgerKind = 'usage' | 'estimated' | 'adjustment' | 'overrun'

/** One line of the ledger. A line is never changed: what corrects it is another line of the same request. */
export interface LedgerRow {
  tenantId: string
  requestId: string
  /** 0 is the request itself, further ones correct it or add to it. */
  line: number
  kind: LedgerKind
  keyId: string
  /** The request's moment, of its corrections too, so that they count in the span that they correct. Milliseconds since 1970. */
  createdAt: number
  /** When a correction was written; null on line 0. */
  bookedAt: number | null
  endpoint: string
  model: string | null
  vendor: string | null
  priceVersion: string | null
  source: AuditRow['usageSource']
  quantities: LedgerQuantities
  costPicoUsd: bigint
}

/** The budget leases of a request, by their ids: what it cost is taken from what was reserved there. */
export interface BudgetLeases {
  key?: string
  tenant?: string
}

/** A request as the store takes it: its record, and its ledger line 0 where something was used or is owed. */
export interface StoredRecord {
  audit: AuditRow
  /** Undefined where no budget was reserved. */
  leases?: BudgetLeases | undefined
  line: {
    kind: LedgerKind
    source: AuditRow['usageSource']
    quantities: LedgerQuantities
    costPicoUsd: bigint
  } | null
  /** What attempts before the last may be billed for, in lines from 1 on. Undefined where there was none. */
  earlier?: readonly LedgerRow[] | undefined
}
