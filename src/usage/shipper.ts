import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { Frame } from '../spool/frame'
import { type Piece, readFrames } from '../spool/read-frames'
import type { Segment } from '../spool/segment'
import type { Spool } from '../spool/spool'
import {
  batchOf,
  type ChargeTally,
  readWritten,
  type WrittenBatch,
  type WrittenRecord,
} from './written-record'

export interface ShipperDeps {
  /** Its pages tally charges. */
  spool: Spool
  clock: Clock
  log: Log
  /** Stores a batch, idempotent by request id. Rejects while the store is away: the same records come again. */
  write: (batch: WrittenBatch) => Promise<void>
}

/** A backlog beyond this, a batch or two, is shipped without a pause. */
const BACKLOG_BYTES = 1024 * 1024
/** Rounds in which a segment may refuse to be read before it is left to a later start. */
const READ_TRIES = 5
/** A lone record waits no longer than this for others. */
const PAUSE_MS = 250
const SHORTEST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

/** Records that were read back, and where their segment goes on behind them. */
interface ReadBack {
  segment: Segment
  batch: WrittenBatch | undefined
  end: number
}

/**
 * Carries the records of this process from its spool to the store, in the order in which they were written, from a
 * worker of its own. It takes them from the spool's memory, and reads back only what that has forgotten: while the store
 * is away the disk holds the rest, and what was read is kept until it is stored, a piece at most.
 * It takes what the kernel has, synced or not: a request has one end and no other, so a stored row can never contradict
 * what a later recovery finds, whatever the machine lost. Segments that nobody needs any more are removed.
 */
export class Shipper {
  private timer: ReturnType<typeof setTimeout> | undefined
  private round: Promise<void> | undefined
  private failures = 0
  private readBack: ReadBack | undefined
  private isStarted = false
  /** What was recorded before then is stored. */
  private storedUntil: number
  private readonly deps: ShipperDeps

  constructor(deps: ShipperDeps) {
    this.deps = deps
    this.storedUntil = deps.clock.now()
  }

  start(): void {
    this.isStarted = true
    this.schedule()
  }

  /** Ships what there is now; false if the store did not take all of it. */
  async drain(): Promise<boolean> {
    clearTimeout(this.timer)
    await this.round
    await this.run()
    return this.failures === 0
  }

  async stop(): Promise<void> {
    this.isStarted = false
    clearTimeout(this.timer)
    await this.round
  }

  /** Bytes that are recorded and not stored yet. */
  get backlogBytes(): number {
    return this.deps.spool.segments.reduce((sum, segment) => sum + segment.flushed - segment.shipped, 0)
  }

  /** How long the oldest record that is not stored has waited at most; 0 if there is none. */
  get oldestMs(): number {
    return this.backlogBytes === 0 ? 0 : this.deps.clock.now() - this.storedUntil
  }

  private schedule(): void {
    clearTimeout(this.timer)
    if (this.isStarted) this.timer = setTimeout(() => void this.run(), this.pauseMs())
  }

  /** One round at a time; never rejects. */
  private run(): Promise<void> {
    this.round ??= this.ship().finally(() => {
      this.round = undefined
      this.schedule()
    })
    return this.round
  }

  private async ship(): Promise<void> {
    const begunAt = this.deps.clock.now()
    try {
      for (const segment of this.deps.spool.segments) await this.shipSegment(segment)
      await this.shipHomeless()
      this.failures = 0
      this.storedUntil = begunAt
      await this.deps.spool.prune()
    } catch (error) {
      this.failures++
      this.deps.log.warn('usage could not be stored, trying again', {
        failures: this.failures,
        backlogBytes: this.backlogBytes,
        cause: error instanceof Error ? error.name : 'unknown',
      })
    }
  }

  private async shipSegment(segment: Segment): Promise<void> {
    const goal = segment.flushed
    await this.shipForgotten(segment)
    const { spool, write } = this.deps
    while (segment.shipped < goal) {
      const recalled = spool.memory.recall(segment, goal)
      if (!recalled) return
      const { page, end } = recalled
      if (page) await write({ lines: page.lines, charges: (page.tally as ChargeTally).charges })
      spool.memory.stored(segment, end)
    }
  }

  private async shipForgotten(segment: Segment): Promise<void> {
    if (this.readBack?.segment === segment) await this.shipReadBack(this.readBack)
    for (const { frames, foreignFrames, damagedBytes, end } of this.pieces(segment)) {
      // One that failed has holes, and everything that was in them stands elsewhere.
      const isDamaged = damagedBytes > 0 && !segment.hasFailed
      if (isDamaged || foreignFrames > 0) this.keep(segment, { damagedBytes, foreignFrames })
      const records = frames.flatMap(frame => this.decode(frame, segment))
      this.readBack = { segment, batch: records.length > 0 ? batchOf(records) : undefined, end }
      await this.shipReadBack(this.readBack)
    }
  }

  private async shipReadBack({ segment, batch, end }: ReadBack): Promise<void> {
    if (batch) await this.deps.write(batch)
    this.readBack = undefined
    this.deps.spool.memory.stored(segment, end)
  }

  private async shipHomeless(): Promise<void> {
    const { spool, write } = this.deps
    const homeless = [...spool.homeless]
    const records = homeless.flatMap(({ payload }) => (payload === undefined ? [] : readWritten(payload)))
    if (records.length > 0) await write(batchOf(records))
    spool.settleHomeless(homeless)
  }

  /** A segment that the disk does not give back is left to a later start: the others go on. */
  private *pieces(segment: Segment): Generator<Piece> {
    try {
      yield* readFrames(
        (position, length) => segment.read(position, length),
        segment.shipped,
        Math.min(segment.rememberedFrom, segment.flushed),
      )
      segment.failedReads = 0
    } catch {
      if (++segment.failedReads >= READ_TRIES) this.deps.spool.setAside(segment)
    }
  }

  private decode({ kind, payload }: Frame, segment: Segment): WrittenRecord[] {
    if (kind !== 'end') return []
    try {
      return [readWritten(Buffer.from(payload).toString('utf8'))]
    } catch {
      this.keep(segment, { unreadableBytes: payload.length })
      return []
    }
  }

  /** Nothing that cannot be read is thrown away: the segment's file stays for a later start, or for a person. */
  private keep(segment: Segment, about: Record<string, number>): void {
    segment.isKept = true
    this.deps.log.error('a part of the spool cannot be read: its segment is kept', {
      segment: segment.name,
      ...about,
    })
  }

  private pauseMs(): number {
    if (this.failures > 0) return Math.min(SHORTEST_RETRY_MS * 2 ** this.failures, LONGEST_RETRY_MS)
    return this.backlogBytes > BACKLOG_BYTES ? 0 : PAUSE_MS
  }
}
