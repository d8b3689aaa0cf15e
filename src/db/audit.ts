import { and, asc, desc, eq, lt, or, type SQL, sql } from 'drizzle-orm'
import { type AuditFilter, auditConditions } from './audit-filter'
import type { AuditRow, AuditUsage } from './audit-row'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { LINE_FIGURE_NAMES, LINE_FIGURES, type LineFigure } from './line-sums'
import { QUANTITIES } from './record-columns'
import { audit, ledger } from './schema'

/** Records, newest first; a model is found by what answered and by what was asked for. `before` is the request id of the last one of the page before. */
export async function listAudit(
  db: Database,
  filter: AuditFilter & { limit: number; before?: string | undefined },
): Promise<AuditRow[]> {
  const rows = await db.ask(auditPage(db, filter), DEADLINE_MS.read)
  return rows.map(toAuditRow)
}

/** One record, if it is this tenant's (or anybody's, where no tenant is given). */
export async function findAudit(
  db: Database,
  requestId: string,
  tenantId?: string,
): Promise<AuditRow | undefined> {
  const isIt = [eq(audit.requestId, requestId), ...auditConditions({ tenantId })]
  const [row] = await db.ask(withLines(db, isIt, 1), DEADLINE_MS.read)
  return row && toAuditRow(row)
}

/** The query of `listAudit`. */
export function auditPage(
  db: Database,
  { before, limit, model, ...filter }: AuditFilter & { limit: number; before?: string | undefined },
) {
  const conditions = [
    ...auditConditions(filter),
    model === undefined ? undefined : or(eq(audit.model, model), eq(audit.modelRequested, model)),
    before === undefined ? undefined : lt(audit.requestId, before),
  ]
  return withLines(db, conditions, limit)
}

/** A page of the audit first, then the lines of each of its requests, summed. */
function withLines({ orm }: Database, conditions: (SQL | undefined)[], limit: number) {
  const page = orm
    .select()
    .from(audit)
    .where(and(...conditions))
    .orderBy(desc(audit.requestId))
    .limit(limit)
    .as('page')
  const lines = orm
    .select(SUMS)
    .from(ledger)
    .where(and(eq(ledger.tenantId, page.tenantId), eq(ledger.requestId, page.requestId)))
    .as('lines')
  return orm.select().from(page).leftJoinLateral(lines, sql`true`).orderBy(desc(page.requestId))
}

/** Of the request itself, whatever a correction says. */
const IS_OWN = sql`FILTER (WHERE ${ledger.bookedAt} IS NULL)`
const first = <Value>(column: (typeof ledger)['source'] | (typeof ledger)['priceVersion']) =>
  sql<Value | null>`(array_agg(${column} ORDER BY ${asc(ledger.line)}) ${IS_OWN})[1]`

/** A correction that says figures. */
const HAS_FIGURES = sql`${ledger.bookedAt} IS NOT NULL AND num_nonnulls(${sql.join(
  QUANTITIES.map(([, field]) => ledger[field]),
  sql`, `,
)}) > 0`

/**
 * Whose figures they are; of a request that has lines of several attempts, `mixed` where they differ. One that had none has
 * those of its correction.
 */
const SOURCE = sql<AuditRow['usageSource']>`
  CASE WHEN count(DISTINCT ${ledger.source}) ${IS_OWN} > 1 THEN 'mixed'
    ELSE coalesce(${first(ledger.source)}, min(${ledger.source}) FILTER (WHERE ${HAS_FIGURES})) END`

const SUMS = {
  source: SOURCE.as('source'),
  priceVersion: first<string>(ledger.priceVersion).as('price_version'),
  costPicoUsd: sql<string>`coalesce(sum(${ledger.costPicoUsd}), 0)::text`.as('cost_pico_usd'),
  figures: sql<Record<LineFigure, number>>`json_build_object(${sql.join(
    LINE_FIGURE_NAMES.map(name => sql`${sql.raw(`'${name}'`)}, coalesce(sum(${LINE_FIGURES[name]}), 0)`),
    sql`, `,
  )})`.as('figures'),
}

type Found = Awaited<ReturnType<typeof withLines>>[number]

function toAuditRow({ page, lines }: Found): AuditRow {
  return {
    requestId: page.requestId,
    tenantId: page.tenantId,
    keyId: page.keyId,
    createdAt: page.createdAt,
    endpoint: page.endpoint,
    stream: page.stream,
    modelRequested: page.modelRequested,
    model: page.model,
    vendor: page.vendor,
    shape: page.shape,
    status: page.status,
    outcome: page.outcome,
    errorCode: page.errorCode,
    finishReason: page.finishReason,
    usage: lines?.source ? toUsage(lines.figures) : null,
    usageSource: lines?.source ?? null,
    costPicoUsd: BigInt(lines?.costPicoUsd ?? 0),
    priceVersion: lines?.priceVersion ?? null,
    ttftMs: page.ttftMs,
    durationMs: page.durationMs,
    overheadMs: page.overheadMs,
    attempts: page.attempts,
    ...(page.rawUsage !== null && { rawUsage: page.rawUsage }),
    ...notesOf(page),
  }
}

const MS_PER_SECOND = 1_000

function toUsage({ audioMs, ...counts }: Record<LineFigure, number>): AuditUsage {
  return { ...counts, audioSeconds: audioMs / MS_PER_SECOND }
}

function notesOf({ callerUser, callerMetadata }: Found['page']): Pick<AuditRow, 'notes'> {
  if (callerUser === null && callerMetadata === null) return {}
  return {
    notes: {
      ...(callerUser !== null && { user: callerUser }),
      ...(callerMetadata !== null && { metadata: callerMetadata }),
    },
  }
}
