import type { TenantLimits } from '../../db/tenants'

/** The limits of every tenant that has any, in memory, by the tenant's id. */
export class TenantLimitsMemory {
  private readonly known = new Map<string, TenantLimits>()

  get size(): number {
    return this.known.size
  }

  get(tenantId: string): TenantLimits | undefined {
    return this.known.size === 0 ? undefined : this.known.get(tenantId)
  }

  /** Takes in what the store has; what is older than what is here changes nothing. */
  put(found: TenantLimits): void {
    if ((this.known.get(found.tenantId)?.version ?? 0) > found.version) return
    if (found.limits) this.known.set(found.tenantId, found)
    else this.known.delete(found.tenantId)
  }

  /** Forgets all but these, and takes them in. */
  replace(found: readonly TenantLimits[]): void {
    const present = new Set(found.map(({ tenantId }) => tenantId))
    for (const tenantId of this.known.keys()) if (!present.has(tenantId)) this.known.delete(tenantId)
    for (const limits of found) this.put(limits)
  }
}
