import type { BudgetLeases } from '../../db/ledger-row'
import type { Lease } from './lease'

/** How much a request may cost. */
export interface Ask {
  /** Its upper bound as it was asked for. */
  readonly mostPicoUsd: bigint
  /** The least with which it could be let through; below `most` only where nobody said how long the answer may be. */
  readonly leastPicoUsd: bigint
  /** The upper bound that it can be made to keep within this sum, at least `leastPicoUsd`. */
  fit(picoUsd: bigint): bigint
}

/** Who hears that something of these leases came free. */
export interface Settling {
  settled(leases: readonly Lease[]): void
}

/** What one request holds of the budgets that count it. */
export class BudgetHold {
  picoUsd: bigint
  private readonly held: readonly Lease[]
  private readonly settling: Settling
  private isSettled = false
  private named: BudgetLeases | undefined

  /** Of sums that are reserved already. */
  constructor(held: readonly Lease[], picoUsd: bigint, settling: Settling) {
    this.held = held
    this.picoUsd = picoUsd
    this.settling = settling
  }

  /** What its record must name, so that its cost is taken from what was reserved. */
  get leases(): BudgetLeases {
    this.named ??= namesOf(this.held)
    return this.named
  }

  /** Takes over what another one holds of the same leases; of others it is given back, and this is false. */
  join(other: BudgetHold): boolean {
    const { held } = other
    if (
      this.isSettled ||
      held.length !== this.held.length ||
      held.some(lease => !this.held.includes(lease))
    ) {
      other.settle(0n)
      return false
    }
    other.isSettled = true
    this.picoUsd += other.picoUsd
    return true
  }

  /** The request has ended and cost so much; a second time does nothing. */
  settle(costPicoUsd: bigint): void {
    if (this.isSettled) return
    this.isSettled = true
    for (const lease of this.held) lease.settle(this.picoUsd, costPicoUsd)
    this.settling.settled(this.held)
  }
}

function namesOf(held: readonly Lease[]): BudgetLeases {
  const leases: BudgetLeases = {}
  for (const { id, purse } of held) leases[purse.scopeId === purse.tenantId ? 'tenant' : 'key'] = id
  return leases
}
