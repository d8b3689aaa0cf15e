import { type Budget, readBudget } from './budget'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'

/** A tenant's budget as it is now; `budget` is null where there is none, or the tenant was deleted. */
export interface TenantBudget {
  tenantId: string
  budget: Budget | null
  /** Grows with every change. */
  version: number
}

interface StoredBudget {
  id: string
  budget: unknown
  version: bigint
}

/** The budget of one tenant; undefined if there is no such tenant. Throws `store_unavailable`. */
export async function findTenantBudget(db: Database, id: string): Promise<TenantBudget | undefined> {
  const [row] = await db.ask(
    db.sql<StoredBudget[]>`
      SELECT id, CASE WHEN deleted_at IS NULL THEN budget END AS budget, version FROM tenant WHERE id = ${id}`,
    DEADLINE_MS.lookup,
  )
  return row && toTenantBudget(row)
}

/** Every tenant that has a budget. Throws `store_unavailable`. */
export async function loadTenantBudgets(db: Database): Promise<TenantBudget[]> {
  const rows = await db.ask(
    db.sql<StoredBudget[]>`
      SELECT id, budget, version FROM tenant WHERE budget IS NOT NULL AND deleted_at IS NULL`,
    DEADLINE_MS.read,
  )
  return rows.map(toTenantBudget)
}

function toTenantBudget({ id, budget, version }: StoredBudget): TenantBudget {
  return { tenantId: id, budget: readBudget(budget), version: Number(version) }
}
