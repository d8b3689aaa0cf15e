import { and, eq, sql as query, type SQL } from 'drizzle-orm'
import { type AuditFilter, auditConditions, lineConditions } from './audit-filter'
import type { AuditUsage } from './audit-row'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { LINE_FIGURE_NAMES, LINE_FIGURES, type LineFigure } from './line-sums'
import { audit, ledger } from './schema'

/** What sums can be split by; the only names that reach the statement. */
const GROUPS = {
  day: query<string>`to_char(entry.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  model: query<string | null>`entry.model`,
  key: query<string>`entry.key_id`,
  tenant: query<string>`entry.tenant_id`,
  vendor: query<string | null>`entry.vendor`,
  user: query<string | null>`entry.caller_user`,
} as const

export type UsageGroup = keyof typeof GROUPS
export const USAGE_GROUPS = Object.keys(GROUPS) as UsageGroup[]

/** Sums over the records of one group; a group's field that was not asked for is absent. */
export interface UsageSum extends AuditUsage<bigint> {
  /** The day in UTC: `2026-11-22`. */
  day?: string
  model?: string | null
  key?: string
  tenant?: string
  vendor?: string | null
  user?: string | null
  requests: number
  costPicoUsd: bigint
  ttftMsP50: number | null
  ttftMsP95: number | null
  durationMsP50: number | null
  durationMsP95: number | null
}

const total = (name: LineFigure | 'cost') =>
  query<bigint>`coalesce(sum(entry.${query.identifier(name)}), 0)::text`.mapWith(value => BigInt(value))
const percentile = (share: 0.5 | 0.95, name: 'ttft_ms' | 'duration_ms') =>
  query<
    number | null
  >`percentile_cont(${query.raw(String(share))}) WITHIN GROUP (ORDER BY entry.${query.identifier(name)})`

const SUMS = {
  requests: query<number>`coalesce(sum(entry.requests), 0)::text`.mapWith(Number),
  inputTokens: total('inputTokens'),
  cachedInputTokens: total('cachedInputTokens'),
  cacheWriteTokens: total('cacheWriteTokens'),
  cacheWrite1hTokens: total('cacheWrite1hTokens'),
  outputTokens: total('outputTokens'),
  reasoningTokens: total('reasoningTokens'),
  audioInputTokens: total('audioInputTokens'),
  audioOutputTokens: total('audioOutputTokens'),
  imageInputTokens: total('imageInputTokens'),
  imageOutputTokens: total('imageOutputTokens'),
  audioSeconds: query<number>`(coalesce(sum(entry."audioMs"), 0) / 1000.0)::text`.mapWith(Number),
  characters: total('characters'),
  images: total('images'),
  costPicoUsd: total('cost'),
  ttftMsP50: percentile(0.5, 'ttft_ms'),
  ttftMsP95: percentile(0.95, 'ttft_ms'),
  durationMsP50: percentile(0.5, 'duration_ms'),
  durationMsP95: percentile(0.95, 'duration_ms'),
}

/**
 * Sums the records that the filter leaves, one row per combination of `groupBy`, sorted by day, model, key, tenant,
 * vendor. With no group there is one row, also over no records; a field named twice counts once.
 */
export async function aggregateUsage(
  db: Database,
  { groupBy, ...filter }: AuditFilter & { groupBy: readonly UsageGroup[] },
): Promise<UsageSum[]> {
  const groups = USAGE_GROUPS.filter(name => groupBy.includes(name))
  const fields = Object.fromEntries(groups.map(name => [name, GROUPS[name]]))
  // By position: the same expression written twice would be two to the server.
  const positions = groups.map((_, index) => query.raw(String(index + 1)))
  const sums = db.orm.select({ ...fields, ...SUMS }).from(entries(filter, groups.includes('user')))
  const ordered = positions.length > 0 ? sums.groupBy(...positions).orderBy(...positions) : sums
  return db.ask(ordered, DEADLINE_MS.read)
}

/**
 * The audit's rows and the ledger's under one another, each with what it alone knows: without a join a request counts
 * once however many lines it has, and a line counts even if its request's audit is gone.
 */
function entries(filter: AuditFilter, withUser: boolean): SQL {
  const columns = query.raw('tenant_id, key_id, model, vendor, created_at')
  const [nothing, figures] = [list(() => query`NULL::bigint`), list(name => LINE_FIGURES[name])]
  return query`(
    SELECT ${columns}, caller_user, 1 AS requests, ttft_ms, duration_ms, ${nothing}, NULL::numeric AS cost
    FROM ${audit} WHERE ${and(query`true`, ...auditConditions(filter))}
    UNION ALL
    SELECT ${columns}, ${withUser ? USER_OF_LINE : query`NULL`}, 0, NULL, NULL, ${figures}, cost_pico_usd
    FROM ${ledger} WHERE ${and(query`true`, ...lineConditions(filter))}
  ) AS entry`
}

/** A line of the ledger has its request's user. */
const USER_OF_LINE = query`(
  SELECT caller_user FROM ${audit}
  WHERE ${eq(audit.tenantId, ledger.tenantId)} AND ${eq(audit.requestId, ledger.requestId)}
)`

/** Every figure under its own name. */
function list(read: (name: LineFigure) => SQL): SQL {
  const fields = LINE_FIGURE_NAMES.map(name => query`${read(name)} AS ${query.identifier(name)}`)
  return query.join(fields, query`, `)
}
