import type { Budget } from '../../db/budget'

/** Whose budgets count a request. */
export interface Budgeted {
  readonly keyId: string
  readonly tenantId: string
  readonly budget: Budget | null
}
