import type { Log } from '../lib/log'
import { scanFrames } from '../spool/frame'
import type { Segment } from '../spool/segment'
import type { Spool } from '../spool/spool'
import { decodeRecord } from './journal'
import type { UsageRecord } from './record'

export interface ShipperDeps {
  spool: Spool
  log: Log
  /** Stores a batch, idempotent by request id. Rejects while the store is away: the same records come again. */
  write: (records: readonly UsageRecord[]) => Promise<void>
}

/** About a thousand records: one statement's worth. */
const PIECE_BYTES = 1024 * 1024
/** A lone record waits no longer than this for others. */
const PAUSE_MS = 250
const SHORTEST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

/**
 * Carries the records of this process from its spool to the store, in the order in which they were written, from a
 * worker of its own. It holds nothing in memory but the batch under way: while the store is away the disk holds the rest.
 * A segment is removed when all its records are stored and every request that it began has ended.
 */
export class Shipper {
  private timer: ReturnType<typeof setTimeout> | undefined
  private round: Promise<void> | undefined
  private failures = 0
  private isStopped = false
  private readonly deps: ShipperDeps

  constructor(deps: ShipperDeps) {
    this.deps = deps
  }

  start(): void {
    this.schedule(PAUSE_MS)
  }

  /** Ships what there is now; false if the store did not take all of it. */
  async drain(): Promise<boolean> {
    clearTimeout(this.timer)
    await this.round
    await this.ship()
    return this.failures === 0
  }

  async stop(): Promise<void> {
    this.isStopped = true
    clearTimeout(this.timer)
    await this.round
  }

  /** Bytes that are recorded and not stored yet. */
  get backlogBytes(): number {
    return this.deps.spool.segments.reduce((sum, segment) => sum + segment.flushed - segment.shipped, 0)
  }

  private schedule(delayMs: number): void {
    if (this.isStopped) return
    this.timer = setTimeout(() => {
      this.round = this.ship().finally(() => {
        this.round = undefined
        this.schedule(this.pauseMs())
      })
    }, delayMs)
  }

  /** One round over all segments; never rejects. */
  private async ship(): Promise<void> {
    try {
      for (const segment of this.deps.spool.segments) await this.shipSegment(segment)
      this.failures = 0
    } catch (error) {
      this.failures++
      const cause = error instanceof Error ? error.name : 'unknown'
      this.deps.log.warn('usage could not be stored, trying again', {
        failures: this.failures,
        backlogBytes: this.backlogBytes,
        cause,
      })
    }
  }

  private async shipSegment(segment: Segment): Promise<void> {
    while (segment.shipped < segment.flushed) {
      const bytes = segment.read(segment.shipped, Math.min(PIECE_BYTES, segment.flushed - segment.shipped))
      const scan = scanFrames(bytes)
      const records = scan.frames.flatMap(frame => (frame.kind === 'end' ? this.decode(frame.payload) : []))
      if (records.length > 0) await this.deps.write(records)
      // Nothing readable in a whole piece: it is passed over, and said.
      if (scan.end === 0)
        this.deps.log.error('a piece of the spool cannot be read', {
          segment: segment.name,
          at: segment.shipped,
        })
      segment.shipped += scan.end > 0 ? scan.end : bytes.length
    }
    if (segment.open === 0 && segment !== this.deps.spool.segments.at(-1)) this.deps.spool.drop(segment)
  }

  private decode(payload: Uint8Array): UsageRecord[] {
    try {
      return [decodeRecord(Buffer.from(payload).toString('utf8'))]
    } catch {
      this.deps.log.error('a record of the spool cannot be read', { bytes: payload.length })
      return []
    }
  }

  private pauseMs(): number {
    if (this.failures === 0) return this.backlogBytes > PIECE_BYTES / 4 ? 0 : PAUSE_MS
    return Math.min(SHORTEST_RETRY_MS * 2 ** this.failures, LONGEST_RETRY_MS)
  }
}
