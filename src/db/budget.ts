import { customType } from 'drizzle-orm/pg-core'
import { PERIODS, type Period } from '../lib/period'

/** Money that a key or a tenant may spend in each period. */
export interface Budget {
  readonly limitPicoUsd: bigint
  readonly period: Period
}

/** As it is stored: JSON has no whole numbers of this size, so the limit is text. */
interface StoredBudget {
  limit: string
  period: Period
}

/** Reads a stored budget, as text or as what the driver made of it; null where there is none, or of a period that this version does not know. */
export function readBudget(stored: unknown): Budget | null {
  const value = typeof stored === 'string' ? JSON.parse(stored) : stored
  if (typeof value !== 'object' || value === null) return null
  const { limit, period } = value as StoredBudget
  return PERIODS.includes(period) ? { limitPicoUsd: BigInt(limit), period } : null
}

/** The column of a key's or a tenant's budget. */
export const budgetColumn = customType<{ data: Budget; driverData: unknown }>({
  dataType: () => 'jsonb',
  toDriver: ({ limitPicoUsd, period }) =>
    JSON.stringify({ limit: `${limitPicoUsd}`, period } satisfies StoredBudget),
  fromDriver: stored => {
    const budget = readBudget(stored)
    if (!budget) throw new Error('a budget is stored that this version cannot read')
    return budget
  },
})
