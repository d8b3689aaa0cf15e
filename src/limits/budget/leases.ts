import type { Budget } from '../../db/budget'
import type { Purse } from '../../db/budget-sql'
import type { Clock } from '../../lib/clock'
import { spanOf } from '../../lib/period'
import { Lease } from './lease'

export interface LeasesDeps {
  clock: Pick<Clock, 'now'>
  newId: () => string
}

export const NONE: readonly Lease[] = []

/** The leases of one process, by what they are of and by their ids. */
export class Leases {
  private readonly scopes = new Map<string, Lease[]>()
  private readonly ids = new Map<string, Lease>()
  private readonly deps: LeasesDeps

  constructor(deps: LeasesDeps) {
    this.deps = deps
  }

  get size(): number {
    return this.ids.size
  }

  all(): Iterable<Lease> {
    return this.ids.values()
  }

  byId(id: string): Lease | undefined {
    return this.ids.get(id)
  }

  /** All of one key's or tenant's. */
  of(scopeId: string): readonly Lease[] {
    return this.scopes.get(scopeId) ?? NONE
  }

  /** The lease of what counts a request of `date`; a new one where there is none yet. */
  at(tenantId: string, scopeId: string, { period }: Budget, date: number): Lease {
    return (
      this.usable(scopeId, period, date) ?? this.open({ tenantId, scopeId, period, ...spanOf(period, date) })
    )
  }

  /** The lease that takes the place of one that ended. */
  renew(lease: Lease): Lease {
    if (isUsable(lease)) return lease
    const { scopeId, period, startsAt } = lease.purse
    return this.usable(scopeId, period, startsAt) ?? this.open(lease.purse)
  }

  delete(lease: Lease): void {
    const { scopeId } = lease.purse
    this.ids.delete(lease.id)
    const left = this.of(scopeId).filter(other => other !== lease)
    if (left.length > 0) this.scopes.set(scopeId, left)
    else this.scopes.delete(scopeId)
  }

  private usable(scopeId: string, period: Budget['period'], date: number): Lease | undefined {
    for (const lease of this.of(scopeId)) if (isUsable(lease) && lease.covers(period, date)) return lease
    return undefined
  }

  private open(purse: Purse): Lease {
    const lease = new Lease(this.deps.newId(), purse, this.deps.clock.now())
    this.ids.set(lease.id, lease)
    this.scopes.set(purse.scopeId, [...this.of(purse.scopeId), lease])
    return lease
  }
}

function isUsable({ isLost, isClosed }: Lease): boolean {
  return !isLost && !isClosed
}
