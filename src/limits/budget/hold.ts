import type { Admission, Reserved } from '../../admission'
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

/** Who deals out of these leases. */
export interface Dealer {
  /** Reserves so much with all of them, or rejects. */
  more(leases: readonly Lease[], picoUsd: bigint): BudgetHold | Promise<BudgetHold>
  /** Hears that something of them came free. */
  settled(leases: readonly Lease[]): void
}

/** What one request holds of the budgets that count it. Each budgeted request makes one: so it is its admission, too. */
export class BudgetHold implements Reserved, Pick<Admission, 'reserved' | 'setAside' | 'settle'> {
  picoUsd: bigint
  private readonly held: readonly Lease[]
  private readonly dealer: Dealer
  private isSettled = false
  private named: BudgetLeases | undefined

  /** Of sums that are reserved already. */
  constructor(held: readonly Lease[], picoUsd: bigint, dealer: Dealer) {
    this.held = held
    this.picoUsd = picoUsd
    this.dealer = dealer
  }

  get reserved(): Reserved {
    return this
  }

  /** What its record must name, so that its cost is taken from what was reserved. */
  get leases(): BudgetLeases {
    this.named ??= namesOf(this.held)
    return this.named
  }

  /**
   * Reserves so much more. False where there is not so much, or the budgets cannot be asked; then it holds what it held
   * before.
   */
  async setAside(mostPicoUsd: () => bigint): Promise<boolean> {
    const more = mostPicoUsd()
    try {
      return this.join(await this.dealer.more(this.held, more))
    } catch {
      return false
    }
  }

  /** The request has ended and cost so much; a second time does nothing. */
  settle(costPicoUsd: bigint): void {
    if (this.isSettled) return
    this.isSettled = true
    for (const lease of this.held) lease.settle(this.picoUsd, costPicoUsd)
    this.dealer.settled(this.held)
  }

  /** Takes over what another one holds of the same leases; of others it is given back, and this is false. */
  private join(other: BudgetHold): boolean {
    const { held } = other
    // What no budget counts any more needs no place in one.
    if (held.length === 0) return true
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
}

function namesOf(held: readonly Lease[]): BudgetLeases {
  const leases: BudgetLeases = {}
  for (const { id, purse } of held) leases[purse.scopeId === purse.tenantId ? 'tenant' : 'key'] = id
  return leases
}
