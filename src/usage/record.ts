import type { BudgetLeases } from '../db/ledger-row'
import type { CallerNotes } from '../wire/caller-notes'
import type { Shape } from '../wire/shape'
import type { Usage, UsageSource } from '../wire/usage'

/** ok: answered whole · cancelled: the caller left · error: the vendor or we failed · rejected: never sent. */
export type Outcome = 'ok' | 'cancelled' | 'error' | 'rejected'

/** One try at one deployment. `status` is null where no answer came. */
export interface Attempt {
  vendor: string
  model: string
  status: number | null
  durationMs: number
  vendorRequestId: string | null
}

/** What one attempt used, where several may be billed. */
export interface UsageLine {
  /** Its place among the attempts. */
  attempt: number
  vendor: string
  model: string
  priceVersion: string
  usage: Usage
  source: UsageSource
  costPicoUsd: bigint
}

/** Everything that is kept of one request to a billable route with a key of ours. */
export interface UsageRecord {
  /** UUIDv7; the same id is never written twice. */
  requestId: string
  tenantId: string
  keyId: string
  /** Milliseconds since 1970. */
  createdAt: number
  endpoint: string
  stream: boolean
  modelRequested: string | null
  /** The model that the vendor says it was, else the deployment's id. */
  model: string | null
  vendor: string | null
  shape: Shape
  status: number
  outcome: Outcome
  errorCode: string | null
  finishReason: string | null
  usage: Usage | null
  usageSource: UsageSource | null
  /** The vendor's own usage object, as it was read; absent where it gave none. */
  rawUsage?: unknown
  costPicoUsd: bigint
  priceVersion: string | null
  ttftMs: number | null
  durationMs: number
  /** Our own share: the whole time less the vendor's. */
  overheadMs: number
  attempts: Attempt[]
  /** Where an attempt before the last may be billed: what each that may be used. `usage` and the cost are their sums. Else absent. */
  lines?: readonly UsageLine[] | undefined
  /** Where money was reserved for it; absent where no budget counts it. */
  leases?: BudgetLeases | undefined
  /** By its vendor's own figures it cost more than was reserved. Absent where nothing was. */
  isOverrun?: boolean | undefined
  /** What the caller says of itself; absent where it says nothing, or nobody keeps it. */
  notes?: CallerNotes | undefined
}
