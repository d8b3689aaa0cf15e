import { classesOf } from '../catalog/quantities'
import type { LedgerRow, StoredRecord } from '../db/ledger-row'
import { NO_USAGE, type Usage, type UsageSource } from '../wire/usage'
import type { UsageLine, UsageRecord } from './record'

/** A record with its line of the ledger: none where nothing was used and nothing is owed. */
export function toStored(record: UsageRecord): StoredRecord {
  const { usage, usageSource: source, costPicoUsd, leases, lines } = record
  if (lines) return withLines(record, lines)
  if (!usage && costPicoUsd === 0n) return { audit: record, leases, line: null }
  // Figures that nobody vouches for are an estimate.
  const line = lineOf(usage ?? NO_USAGE, source ?? 'estimated', costPicoUsd, record.isOverrun)
  if (!usage) line.source = null
  return { audit: record, leases, line }
}

/** The last attempt's line is the request's own; those of the others follow it, and the attempts tell what they are billed for. */
function withLines(record: UsageRecord, lines: readonly UsageLine[]): StoredRecord {
  const { leases, attempts } = record
  const last = attempts.length - 1
  const own = lines.find(({ attempt }) => attempt === last)
  const others = lines.filter(({ attempt }) => attempt !== last)
  const bills = new Map(
    others.map(({ attempt, source, costPicoUsd }) => [attempt, { source, costPicoUsd: `${costPicoUsd}` }]),
  )
  const told = attempts.map((attempt, index) => {
    const bill = bills.get(index)
    return bill ? { ...attempt, bill } : attempt
  })
  return {
    audit: { ...record, attempts: told },
    leases,
    line: own ? lineOf(own.usage, own.source, own.costPicoUsd, record.isOverrun) : null,
    earlier: others.map((line, index) => rowOf(record, line, index + 1)),
  }
}

function rowOf(record: UsageRecord, line: UsageLine, number: number): LedgerRow {
  const { tenantId, requestId, keyId, createdAt, endpoint } = record
  const { vendor, model, priceVersion } = line
  return {
    ...{ tenantId, requestId, line: number, keyId, createdAt, bookedAt: null, endpoint },
    ...{ model, vendor, priceVersion },
    ...lineOf(line.usage, line.source, line.costPicoUsd),
  }
}

function lineOf(
  usage: Usage,
  source: UsageSource,
  costPicoUsd: bigint,
  isOverrun = false,
): NonNullable<StoredRecord['line']> {
  const isVendors = source === 'vendor' || source === 'drained'
  const kind = !isVendors ? 'estimated' : isOverrun ? 'overrun' : 'usage'
  return { kind, source, quantities: classesOf(whole(usage)), costPicoUsd }
}

/** Counts that are none would take their record out of the ledger: they are rounded, and what is no number is nothing. */
function whole(usage: Usage): Usage {
  return {
    inputTokens: toCount(usage.inputTokens),
    cachedInputTokens: toCount(usage.cachedInputTokens),
    cacheWriteTokens: toCount(usage.cacheWriteTokens),
    cacheWrite1hTokens: toCount(usage.cacheWrite1hTokens),
    outputTokens: toCount(usage.outputTokens),
    reasoningTokens: toCount(usage.reasoningTokens),
    audioInputTokens: toCount(usage.audioInputTokens),
    audioOutputTokens: toCount(usage.audioOutputTokens),
    imageInputTokens: toCount(usage.imageInputTokens),
    imageOutputTokens: toCount(usage.imageOutputTokens),
    audioSeconds: Number.isFinite(usage.audioSeconds) ? usage.audioSeconds : 0,
    characters: toCount(usage.characters),
    images: toCount(usage.images),
  }
}

function toCount(value: number): number {
  if (Number.isSafeInteger(value)) return value
  return Number.isFinite(value) ? Math.round(Math.min(value, Number.MAX_SAFE_INTEGER)) : 0
}
