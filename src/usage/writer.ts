import type { Price } from '../catalog/price'
import { classesOf } from '../catalog/quantities'
import type { Database } from '../db/client'
import type { StoredRecord } from '../db/ledger-row'
import { storePrices } from '../db/prices'
import { type StoreOptions, storeRecords } from '../db/store-records'
import { NO_USAGE, type Usage } from '../wire/usage'
import { storedPrice } from './journal'
import type { UsageRecord } from './record'

/**
 * Writes a batch of records, each with its line of the ledger; a record that is already there is left as it is. Rejects
 * while the store is away.
 */
export async function writeRecords(
  database: Database,
  records: readonly UsageRecord[],
  options: StoreOptions = {},
): Promise<void> {
  await storeRecords(database, records.map(toStored), options)
}

/** Keeps prices, so that records which name them can be recomputed. Rejects while the store is away. */
export function writePrices(database: Database, prices: readonly Price[]): Promise<void> {
  return storePrices(database, prices.map(storedPrice))
}

/** A record with its line of the ledger: none where nothing was used and nothing is owed. */
export function toStored(record: UsageRecord): StoredRecord {
  const { usage, usageSource, costPicoUsd, leases } = record
  if (!usage && costPicoUsd === 0n) return { audit: record, leases, line: null }
  const isVendors = usageSource === 'vendor' || usageSource === 'drained'
  return {
    audit: record,
    leases,
    line: {
      kind: isVendors ? 'usage' : 'estimated',
      // Figures that nobody vouches for are an estimate.
      source: usage ? (usageSource ?? 'estimated') : null,
      quantities: classesOf(usage ? whole(usage) : NO_USAGE),
    },
  }
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
