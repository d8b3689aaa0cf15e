import { type Quantity, quantitiesOf } from '../catalog/quantities'
import type { Database } from '../db/client'
import type { LedgerQuantities, StoredRecord } from '../db/ledger-row'
import { storeRecords } from '../db/store-records'
import type { Usage } from '../wire/usage'
import type { UsageRecord } from './record'

/**
 * Writes a batch of records, each with its line of the ledger; a record that is already there is left as it is. Rejects
 * while the store is away. `onDeadLetter` hears of each record that the database refused, and why: it is laid aside there.
 */
export async function writeRecords(
  database: Database,
  records: readonly UsageRecord[],
  onDeadLetter?: (reason: string) => void,
): Promise<void> {
  await storeRecords(database, records.map(toStored), onDeadLetter ? { onDeadLetter } : {})
}

/** A record with its line of the ledger: none where nothing was used and nothing is owed. */
export function toStored(record: UsageRecord): StoredRecord {
  const { usage, usageSource } = record
  if (!usage) {
    const line = { kind: 'estimated', source: null, quantities: toQuantities([]) } as const
    return { audit: record, line: record.costPicoUsd === 0n ? null : line }
  }
  const kind = usageSource === 'vendor' || usageSource === 'drained' ? 'usage' : 'estimated'
  // Figures that nobody vouches for are an estimate.
  const source = usageSource ?? 'estimated'
  return {
    audit: record,
    line: { kind, source, quantities: toQuantities(quantitiesOf(whole(usage), 'audio_minute')) },
  }
}

/** The meters of audio, whichever is charged, count the same milliseconds. */
const FIELDS: Partial<Record<Quantity['meter'], keyof LedgerQuantities>> = {
  input: 'input',
  cached_input: 'cachedInput',
  cache_write: 'cacheWrite',
  cache_write_1h: 'cacheWrite1h',
  output: 'output',
  reasoning: 'reasoning',
  audio_input: 'audioInput',
  audio_output: 'audioOutput',
  image_input: 'imageInput',
  image_output: 'imageOutput',
  audio_minute: 'audioMs',
  character: 'characters',
  image: 'images',
}

function toQuantities(quantities: readonly Quantity[]): LedgerQuantities {
  const line: LedgerQuantities = {
    input: 0,
    cachedInput: 0,
    cacheWrite: 0,
    cacheWrite1h: 0,
    output: 0,
    reasoning: 0,
    audioInput: 0,
    audioOutput: 0,
    imageInput: 0,
    imageOutput: 0,
    audioMs: 0,
    characters: 0,
    images: 0,
  }
  for (const { meter, count } of quantities) {
    const field = FIELDS[meter]
    if (field) line[field] = Number(count)
  }
  return line
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
