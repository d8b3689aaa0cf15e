import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { Recorder, UsageRecord } from './record'

export interface BufferDeps {
  clock: Clock
  log: Log
  /** Writes one batch, idempotent by request id. Rejects if the store could not take it: it is then tried again. */
  write: (records: readonly UsageRecord[]) => Promise<void>
}

const MOST_BYTES = 64 * 1024 * 1024
/** From here on nothing new is begun: what is in flight still fits. */
const FULL_BYTES = MOST_BYTES - 8 * 1024 * 1024
const BATCH_RECORDS = 1000
/** Under load a batch is this large or larger; a lone record waits no longer than the pause. */
const EARLY_RECORDS = 200
const PAUSE_MS = 250
const SHORTEST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

/**
 * Stands between the hot path and Postgres: takes records at once and ships them in batches from a worker
 * of its own. Bounded in bytes; when it is nearly full `hasRoom` says so and new requests are refused, so that
 * no record is ever dropped. While the store is away it tries again, from 0.1 s to 5 s apart.
 */
export class UsageBuffer implements Recorder {
  private records: UsageRecord[] = []
  private bytes = 0
  private timer: ReturnType<typeof setTimeout> | undefined
  private shipping: Promise<void> | undefined
  private failures = 0
  private readonly deps: BufferDeps

  constructor(deps: BufferDeps) {
    this.deps = deps
  }

  get size(): { records: number; bytes: number } {
    return { records: this.records.length, bytes: this.bytes }
  }

  hasRoom(): boolean {
    return this.bytes < FULL_BYTES
  }

  record(record: UsageRecord): void {
    this.records.push(record)
    this.bytes += sizeOf(record)
    if (this.failures === 0 && this.records.length === EARLY_RECORDS) this.schedule(0)
    else if (this.timer === undefined) this.schedule(PAUSE_MS)
  }

  /** Ships what is left; false if the store did not take it all by the deadline, also where a write hangs. */
  async drain(deadlineMs: number): Promise<boolean> {
    const until = this.deps.clock.now() + deadlineMs
    while (this.records.length > 0) {
      const leftMs = until - this.deps.clock.now()
      if (leftMs <= 0) return false
      await Promise.race([this.ship(), Bun.sleep(leftMs)])
      if (this.failures > 0) await Bun.sleep(SHORTEST_RETRY_MS)
    }
    clearTimeout(this.timer)
    this.timer = undefined
    return true
  }

  private schedule(delayMs: number): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.timer = undefined
      void this.ship()
    }, delayMs)
  }

  /** One batch at a time; never rejects. */
  private ship(): Promise<void> {
    this.shipping ??= this.shipBatch().finally(() => {
      this.shipping = undefined
      if (this.records.length > 0 && this.timer === undefined) this.schedule(this.pauseMs())
    })
    return this.shipping
  }

  private async shipBatch(): Promise<void> {
    const batch = this.records.slice(0, BATCH_RECORDS)
    if (batch.length === 0) return
    try {
      await this.deps.write(batch)
      this.records = this.records.slice(batch.length)
      this.bytes -= batch.reduce((sum, record) => sum + sizeOf(record), 0)
      this.failures = 0
    } catch (error) {
      this.failures++
      this.deps.log.warn('usage could not be stored, trying again', {
        records: this.records.length,
        failures: this.failures,
        cause: error instanceof Error ? error.name : 'unknown',
      })
    }
  }

  private pauseMs(): number {
    if (this.failures === 0) return this.records.length >= EARLY_RECORDS ? 0 : PAUSE_MS
    return Math.min(SHORTEST_RETRY_MS * 2 ** (this.failures - 1), LONGEST_RETRY_MS)
  }
}

/** What a record takes in memory, roughly: its fixed fields, and the texts that callers and vendors may make long. */
function sizeOf({ modelRequested, model, finishReason, attempts }: UsageRecord): number {
  const ids = attempts.reduce((sum, { vendorRequestId }) => sum + length(vendorRequestId), 0)
  const texts = length(modelRequested) + length(model) + length(finishReason) + ids
  return 700 + 250 * attempts.length + 2 * texts
}

const length = (text: string | null) => text?.length ?? 0
