import { and, sql as query, type SQL } from 'drizzle-orm'
import { type AuditFilter, auditConditions } from './audit'
import type { AuditUsage } from './audit-row'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { audit } from './schema'

/** What sums can be split by; the only names that reach the statement. */
const GROUPS = {
  day: query<string>`to_char(${audit.createdAt} AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  model: query<string | null>`${audit.model}`,
  key: query<string>`${audit.keyId}`,
  tenant: query<string>`${audit.tenantId}`,
  vendor: query<string | null>`${audit.vendor}`,
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
  requests: number
  costPicoUsd: bigint
  ttftMsP50: number | null
  ttftMsP95: number | null
  durationMsP50: number | null
  durationMsP95: number | null
}

const total = (column: SQL | (typeof audit)['inputTokens']) =>
  query<bigint>`coalesce(sum(${column}), 0)::text`.mapWith(value => BigInt(value))
const percentile = (share: 0.5 | 0.95, column: (typeof audit)['ttftMs'] | (typeof audit)['durationMs']) =>
  query<number | null>`percentile_cont(${query.raw(String(share))}) WITHIN GROUP (ORDER BY ${column})`

const SUMS = {
  requests: query<number>`count(*)::text`.mapWith(Number),
  inputTokens: total(audit.inputTokens),
  cachedInputTokens: total(audit.cachedInputTokens),
  cacheWriteTokens: total(audit.cacheWriteTokens),
  cacheWrite1hTokens: total(audit.cacheWrite1hTokens),
  outputTokens: total(audit.outputTokens),
  reasoningTokens: total(audit.reasoningTokens),
  audioInputTokens: total(audit.audioInputTokens),
  audioOutputTokens: total(audit.audioOutputTokens),
  imageInputTokens: total(audit.imageInputTokens),
  imageOutputTokens: total(audit.imageOutputTokens),
  audioSeconds: query<number>`coalesce(sum(${audit.audioSeconds}), 0)`.mapWith(Number),
  characters: total(audit.characters),
  images: total(audit.images),
  costPicoUsd: total(query`${audit.costPicoUsd}`),
  ttftMsP50: percentile(0.5, audit.ttftMs),
  ttftMsP95: percentile(0.95, audit.ttftMs),
  durationMsP50: percentile(0.5, audit.durationMs),
  durationMsP95: percentile(0.95, audit.durationMs),
}

/**
 * Sums the records that the filter leaves, one row per combination of `groupBy`, sorted by day, model, key, tenant,
 * vendor. With no
 * group there is one row, also over no records; a field named twice counts once.
 */
export async function aggregateUsage(
  db: Database,
  { groupBy, ...filter }: AuditFilter & { groupBy: readonly UsageGroup[] },
): Promise<UsageSum[]> {
  const groups = USAGE_GROUPS.filter(name => groupBy.includes(name))
  const fields = Object.fromEntries(groups.map(name => [name, GROUPS[name]]))
  // By position: the same expression written twice would be two to the server.
  const positions = groups.map((_, index) => query.raw(String(index + 1)))
  const sums = db.orm
    .select({ ...fields, ...SUMS })
    .from(audit)
    .where(and(...auditConditions(filter)))
  const ordered = positions.length > 0 ? sums.groupBy(...positions).orderBy(...positions) : sums
  return db.ask(ordered, DEADLINE_MS.read)
}
