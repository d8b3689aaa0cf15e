import { and, desc, eq, gte, lt, type SQL } from 'drizzle-orm'
import { AUDIT_COLUMNS } from './audit-columns'
import type { AuditRow, AuditUsage } from './audit-row'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { audit } from './schema'
import { arrayLiteral } from './text'

/** What a list of records is narrowed to; times are milliseconds since 1970, `from` inclusive, `to` exclusive. */
export interface AuditFilter {
  tenantId?: string | undefined
  keyId?: string | undefined
  model?: string | undefined
  outcome?: AuditRow['outcome'] | undefined
  from?: number | undefined
  to?: number | undefined
}

const NAMES = AUDIT_COLUMNS.map(column => column.name).join(', ')
const ARRAYS = AUDIT_COLUMNS.map((column, index) => `$${index + 1}::text::${column.type}[]`).join(', ')
const INSERT = `
  INSERT INTO audit (${NAMES})
  SELECT * FROM unnest(${ARRAYS})
  ON CONFLICT DO NOTHING`

/**
 * Writes a batch of records in one statement and returns how many were new: a request id that is already there is left
 * as it is, so a batch whose fate is unknown may be written again. Texts are made storable, so that no row is refused.
 * Throws `store_unavailable` when the database cannot be asked.
 */
export async function insertAudit(db: Database, rows: readonly AuditRow[]): Promise<number> {
  if (rows.length === 0) return 0
  const columns = AUDIT_COLUMNS.map(column => arrayLiteral(rows.map(column.value)))
  const result = await db.ask(db.sql.unsafe(INSERT, columns, { prepare: true }), DEADLINE_MS.write)
  return result.count
}

/** Records, newest first; `before` is the request id of the last one of the page before. */
export async function listAudit(
  db: Database,
  filter: AuditFilter & { limit: number; before?: string | undefined },
): Promise<AuditRow[]> {
  const { before } = filter
  const rows = await db.ask(
    db.orm
      .select()
      .from(audit)
      .where(and(...auditConditions(filter), before === undefined ? undefined : lt(audit.requestId, before)))
      .orderBy(desc(audit.requestId))
      .limit(filter.limit),
    DEADLINE_MS.read,
  )
  return rows.map(toAuditRow)
}

/** One record, if it is this tenant's (or anybody's, where no tenant is given). */
export async function findAudit(
  db: Database,
  requestId: string,
  tenantId?: string,
): Promise<AuditRow | undefined> {
  const [row] = await db.ask(
    db.orm
      .select()
      .from(audit)
      .where(
        and(
          eq(audit.requestId, requestId),
          tenantId === undefined ? undefined : eq(audit.tenantId, tenantId),
        ),
      )
      .limit(1),
    DEADLINE_MS.read,
  )
  return row && toAuditRow(row)
}

/** The conditions that lists and sums share. */
export function auditConditions(filter: AuditFilter): SQL[] {
  const { tenantId, keyId, model, outcome, from, to } = filter
  const conditions: SQL[] = []
  if (tenantId !== undefined) conditions.push(eq(audit.tenantId, tenantId))
  if (keyId !== undefined) conditions.push(eq(audit.keyId, keyId))
  if (model !== undefined) conditions.push(eq(audit.model, model))
  if (outcome !== undefined) conditions.push(eq(audit.outcome, outcome))
  if (from !== undefined) conditions.push(gte(audit.createdAt, from))
  if (to !== undefined) conditions.push(lt(audit.createdAt, to))
  return conditions
}

function toAuditRow(stored: typeof audit.$inferSelect): AuditRow {
  return {
    requestId: stored.requestId,
    tenantId: stored.tenantId,
    keyId: stored.keyId,
    createdAt: stored.createdAt,
    endpoint: stored.endpoint,
    stream: stored.stream,
    modelRequested: stored.modelRequested,
    model: stored.model,
    vendor: stored.vendor,
    shape: stored.shape,
    status: stored.status,
    outcome: stored.outcome,
    errorCode: stored.errorCode,
    finishReason: stored.finishReason,
    usage: toUsage(stored),
    usageSource: stored.usageSource,
    costPicoUsd: stored.costPicoUsd,
    priceVersion: stored.priceVersion,
    ttftMs: stored.ttftMs,
    durationMs: stored.durationMs,
    overheadMs: stored.overheadMs,
    attempts: stored.attempts,
  }
}

function toUsage(stored: typeof audit.$inferSelect): AuditUsage | null {
  if (stored.inputTokens === null) return null
  return {
    inputTokens: stored.inputTokens,
    cachedInputTokens: stored.cachedInputTokens ?? 0,
    cacheWriteTokens: stored.cacheWriteTokens ?? 0,
    cacheWrite1hTokens: stored.cacheWrite1hTokens ?? 0,
    outputTokens: stored.outputTokens ?? 0,
    reasoningTokens: stored.reasoningTokens ?? 0,
    audioInputTokens: stored.audioInputTokens ?? 0,
    audioOutputTokens: stored.audioOutputTokens ?? 0,
    imageInputTokens: stored.imageInputTokens ?? 0,
    imageOutputTokens: stored.imageOutputTokens ?? 0,
    audioSeconds: stored.audioSeconds ?? 0,
    characters: stored.characters ?? 0,
    images: stored.images ?? 0,
  }
}
