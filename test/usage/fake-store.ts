import type { UsageRecord } from '../../src/usage/record'
import type { WrittenBatch } from '../../src/usage/written-record'
import type { Chance } from '../spool/chance'
import { recordsOf } from './records-of'

/** A database as far as usage needs one: the first row of an id stays. It is away at times, and dies before or after it has committed. */
export class FakeStore {
  readonly rows = new Map<string, UsageRecord>()
  /** Exact figures that came too late: an estimate had their place. */
  readonly late: string[] = []
  /** Chance that a batch fails. */
  trouble = 0
  private readonly pending: (() => void)[] = []
  private readonly chance: Chance

  constructor(chance: Chance) {
    this.chance = chance
  }

  get batches(): number {
    return this.pending.length
  }

  /** A batch is under way until `answer` is called. */
  readonly writeLater = (batch: WrittenBatch): Promise<void> =>
    new Promise((resolve, reject) =>
      this.pending.push(() => {
        const isTroubled = this.chance.happens(this.trouble)
        if (!isTroubled || this.chance.happens(0.5)) this.insert(batch)
        if (isTroubled) reject(new Error('the connection was lost'))
        else resolve()
      }),
    )

  readonly write = async (batch: WrittenBatch): Promise<void> => {
    const isTroubled = this.chance.happens(this.trouble)
    if (!isTroubled || this.chance.happens(0.5)) this.insert(batch)
    if (isTroubled) throw new Error('the connection was lost')
  }

  answer(): void {
    this.pending.shift()?.()
  }

  private insert(batch: WrittenBatch): void {
    for (const record of recordsOf(batch)) {
      const row = this.rows.get(record.requestId)
      if (!row) this.rows.set(record.requestId, record)
      else if (row.errorCode === 'gateway_crashed' && record.errorCode !== 'gateway_crashed')
        this.late.push(record.requestId)
    }
  }
}
