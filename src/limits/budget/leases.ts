import type { Budget } from '../../db/budget'
import type { Purse } from '../../db/budget-sql'
import { spanOf } from '../../lib/period'
import { Lease } from './lease'

/** The leases of one process, by what they are of and by their ids. */
export class Leases {
  private readonly scopes = new Map<string, Lease[]>()
  private readonly ids = new Map<string, Lease>()
  private readonly newId: () => string

  constructor(newId: () => string) {
    this.newId = newId
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
    return this.scopes.get(scopeId) ?? []
  }

  /** The lease of what counts a request of `date`; a new one where there is none yet. */
  at(tenantId: string, scopeId: string, { period }: Budget, date: number, now: number): Lease {
    const found = this.of(scopeId).find(lease => isUsable(lease) && lease.covers(period, date))
    return found ?? this.open({ tenantId, scopeId, period, ...spanOf(period, date) }, now)
  }

  /** The lease that takes the place of one that ended. */
  renew(lease: Lease, now: number): Lease {
    if (isUsable(lease)) return lease
    const { scopeId, period, startsAt } = lease.purse
    const found = this.of(scopeId).find(other => isUsable(other) && other.covers(period, startsAt))
    return found ?? this.open(lease.purse, now)
  }

  delete(lease: Lease): void {
    const { scopeId } = lease.purse
    this.ids.delete(lease.id)
    const left = this.of(scopeId).filter(other => other !== lease)
    if (left.length > 0) this.scopes.set(scopeId, left)
    else this.scopes.delete(scopeId)
  }

  private open(purse: Purse, now: number): Lease {
    const lease = new Lease(this.newId(), purse, now)
    this.ids.set(lease.id, lease)
    this.scopes.set(purse.scopeId, [...this.of(purse.scopeId), lease])
    return lease
  }
}

function isUsable({ isLost, isClosed }: Lease): boolean {
  return !isLost && !isClosed
}
