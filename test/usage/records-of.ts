import { decodeRecord } from '../../src/usage/journal'
import type { UsageRecord } from '../../src/usage/record'
import type { WrittenBatch } from '../../src/usage/written-record'

/** The records that are stored together, as they are read back. */
export function recordsOf({ lines }: Pick<WrittenBatch, 'lines'>): UsageRecord[] {
  return lines.split('\n').map(decodeRecord)
}
