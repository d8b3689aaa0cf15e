import type { BudgetLeases } from './ledger-row'

/** What records cost, in pico-dollars, by the lease in which it was reserved. A record that names two counts in both. */
export type LeaseCharges = Map<string, bigint>

export interface Charged {
  costPicoUsd: bigint
  leases?: BudgetLeases | undefined
}

export function chargesOf(records: readonly Charged[]): LeaseCharges {
  const charges: LeaseCharges = new Map()
  for (const record of records) addCharge(charges, record)
  return charges
}

/** Adds what one record cost. */
export function addCharge(charges: LeaseCharges, { costPicoUsd, leases }: Charged): void {
  if (!leases) return
  for (const id of [leases.key, leases.tenant])
    if (id !== undefined) charges.set(id, (charges.get(id) ?? 0n) + costPicoUsd)
}
