import { eq, gte, lt, ne, type SQL, sql } from 'drizzle-orm'
import type { AuditRow } from './audit-row'
import { audit, ledger } from './schema'

/** What a list of records is narrowed to; times are milliseconds since 1970, `from` inclusive, `to` exclusive. */
export interface AuditFilter {
  tenantId?: string | undefined
  keyId?: string | undefined
  model?: string | undefined
  outcome?: AuditRow['outcome'] | undefined
  from?: number | undefined
  to?: number | undefined
}

/** The conditions that lists and sums share. */
export function auditConditions(filter: AuditFilter): SQL[] {
  const { outcome } = filter
  return [...sharedConditions(audit, filter), ...(outcome === undefined ? [] : [eq(audit.outcome, outcome)])]
}

/** The same conditions for lines of the ledger; their outcome is their request's. */
export function lineConditions(filter: AuditFilter): SQL[] {
  const { outcome } = filter
  // What was booked for a lost slice of a budget is no request's usage.
  const conditions = [...sharedConditions(ledger, filter), ne(ledger.endpoint, 'budget')]
  if (outcome === undefined) return conditions
  const isOfOutcome = sql`EXISTS (
    SELECT FROM ${audit}
    WHERE ${eq(audit.tenantId, ledger.tenantId)} AND ${eq(audit.requestId, ledger.requestId)} AND ${eq(audit.outcome, outcome)})`
  return [...conditions, isOfOutcome]
}

function sharedConditions(
  table: typeof audit | typeof ledger,
  { tenantId, keyId, model, from, to }: AuditFilter,
): SQL[] {
  const conditions: SQL[] = []
  if (tenantId !== undefined) conditions.push(eq(table.tenantId, tenantId))
  if (keyId !== undefined) conditions.push(eq(table.keyId, keyId))
  if (model !== undefined) conditions.push(eq(table.model, model))
  if (from !== undefined) conditions.push(gte(table.createdAt, from))
  if (to !== undefined) conditions.push(lt(table.createdAt, to))
  return conditions
}
