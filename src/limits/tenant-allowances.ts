import type { TenantAllowance } from '../db/tenant-allowances'

/** The limits and the budget of every tenant that has any, in memory, by the tenant's id. */
export class TenantAllowances {
  /** Some tenant that was ever put in has limits. */
  hasLimits = false
  private readonly known = new Map<string, TenantAllowance>()

  get(tenantId: string): TenantAllowance | undefined {
    return this.known.size === 0 ? undefined : this.known.get(tenantId)
  }

  /** Takes in what the store has; what is older than what is here changes nothing. */
  put(found: TenantAllowance): void {
    if ((this.known.get(found.tenantId)?.version ?? 0) > found.version) return
    this.hasLimits ||= found.limits !== null
    if (found.limits || found.budget) this.known.set(found.tenantId, found)
    else this.known.delete(found.tenantId)
  }

  /** Forgets all but these, and takes them in. */
  replace(found: readonly TenantAllowance[]): void {
    const present = new Set(found.map(({ tenantId }) => tenantId))
    for (const tenantId of this.known.keys()) if (!present.has(tenantId)) this.known.delete(tenantId)
    for (const tenant of found) this.put(tenant)
  }
}
