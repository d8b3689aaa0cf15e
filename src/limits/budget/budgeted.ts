import type { Budget } from '../../db/budget'
import type { BudgetLeases } from '../../db/ledger-row'

/** Whose budgets count a request. */
export interface Budgeted {
  readonly keyId: string
  readonly tenantId: string
  readonly budget: Budget | null
}

/** What of a stored record the budgets must hear. */
export interface Booked {
  costPicoUsd: bigint
  leases?: BudgetLeases | undefined
}
