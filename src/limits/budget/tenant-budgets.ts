import type { Budget } from '../../db/budget'
import type { TenantBudget } from '../../db/tenant-budgets'

/** The budget of every tenant that has one, in memory, by the tenant's id. */
export class TenantBudgets {
  private readonly known = new Map<string, TenantBudget>()

  get(tenantId: string): Budget | null {
    return this.known.size === 0 ? null : (this.known.get(tenantId)?.budget ?? null)
  }

  /** Takes in what the store has; what is older than what is here changes nothing. */
  put(found: TenantBudget): void {
    if ((this.known.get(found.tenantId)?.version ?? 0) > found.version) return
    if (found.budget) this.known.set(found.tenantId, found)
    else this.known.delete(found.tenantId)
  }

  /** Forgets all but these, and takes them in. */
  replace(found: readonly TenantBudget[]): void {
    const present = new Set(found.map(({ tenantId }) => tenantId))
    for (const tenantId of this.known.keys()) if (!present.has(tenantId)) this.known.delete(tenantId)
    for (const tenant of found) this.put(tenant)
  }
}
