import { type Budget, readBudget } from './budget'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import type { RateLimits } from './limits'

/** What a tenant's keys together may do, as it is now; null where nothing is limited, or the tenant was deleted. */
export interface TenantAllowance {
  tenantId: string
  limits: RateLimits | null
  budget: Budget | null
  /** Grows with every change. */
  version: number
}

interface StoredAllowance {
  id: string
  limits: RateLimits | null
  budget: unknown
  version: bigint
}

/** The allowance of one tenant; undefined if there is no such tenant. Throws `store_unavailable`. */
export async function findTenantAllowance(db: Database, id: string): Promise<TenantAllowance | undefined> {
  const [row] = await db.ask(
    db.sql<StoredAllowance[]>`
      SELECT id, version, CASE WHEN deleted_at IS NULL THEN limits END AS limits,
        CASE WHEN deleted_at IS NULL THEN budget END AS budget
      FROM tenant WHERE id = ${id}`,
    DEADLINE_MS.lookup,
  )
  return row && toAllowance(row)
}

/** Every tenant that has limits or a budget. Throws `store_unavailable`. */
export async function loadTenantAllowances(db: Database): Promise<TenantAllowance[]> {
  const rows = await db.ask(
    db.sql<StoredAllowance[]>`
      SELECT id, version, limits, budget FROM tenant
      WHERE (limits IS NOT NULL OR budget IS NOT NULL) AND deleted_at IS NULL`,
    DEADLINE_MS.read,
  )
  return rows.map(toAllowance)
}

function toAllowance({ id, limits, budget, version }: StoredAllowance): TenantAllowance {
  return { tenantId: id, limits, budget: readBudget(budget), version: Number(version) }
}
