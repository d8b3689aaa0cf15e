import type { Disk } from './disk'
import { codeOf, noRoom } from './disk-error'
import { type FrameKind, frameBytes } from './frame'
import type { Segment } from './segment'
import { Spares, type SparesDeps } from './spares'

export interface ChainDeps extends Omit<SparesDeps, 'inUse'> {
  disk: Disk
  /** A segment could not be written; it is told once for each. */
  onFailure: (segment: Segment, error: unknown) => void
}

/** The segments in their order: those that are full, the one that is written, and the spares behind it. */
export class Chain {
  current: Segment
  private readonly full: Segment[] = []
  private readonly spares: Spares
  /** Files that were left where they are, unread. */
  private kept = 0
  private readonly deps: ChainDeps

  /** Throws if the first segment cannot be made. */
  constructor(deps: ChainDeps) {
    this.deps = deps
    this.spares = new Spares({ ...deps, inUse: () => this.full.length + this.kept + 1 })
    this.current = this.spares.makeFirst()
  }

  /** The oldest first; the last is the one that is written. */
  get segments(): readonly Segment[] {
    return [...this.full, this.current]
  }

  get room(): number {
    return this.current.room + this.spares.room
  }

  /** Bytes on the disk, those that are only held ready included. */
  get bytes(): number {
    return (this.full.length + this.kept + 1) * this.deps.segmentBytes + this.spares.room
  }

  /** Bytes that can be written until no further segment can be made: the nearer of the bound and the disk. */
  get roomToGrow(): number {
    const { disk, maxBytes, leastFreeBytes } = this.deps
    return this.room + Math.max(0, Math.min(maxBytes - this.bytes, disk.freeBytes() - leastFreeBytes))
  }

  keepSpares(wanted: number): void {
    this.spares.keep(wanted)
  }

  /**
   * Appends a frame of so many bytes, with a dispatch perhaps its checkpoint beside it, and returns its segment; `flush`
   * hands it to the kernel. Throws ENOSPC when nothing is ready.
   */
  append(kind: FrameKind, payload: string, ownBytes: number, checkpoint?: string): Segment {
    const bytes = checkpoint === undefined ? ownBytes : ownBytes + frameBytes(checkpoint)
    let segment = this.segmentFor(bytes)
    while (!segment.canBuffer(bytes)) {
      this.flush(segment)
      segment = this.segmentFor(bytes)
    }
    segment.append(kind, payload)
    if (checkpoint !== undefined) segment.append('meter', checkpoint)
    return segment
  }

  /** Where a frame of that length goes now. Throws ENOSPC when nothing is ready. */
  segmentFor(length: number): Segment {
    while (this.current.hasFailed || length > this.current.room) {
      const next = this.spares.take()
      if (!next) throw noRoom()
      const last = this.current
      this.full.push(last)
      this.current = next
      this.spares.keep(1)
      this.flush(last)
    }
    return this.current
  }

  /** Writes elsewhere from now on than in a segment that has failed; false if there is nowhere. */
  leave(segment: Segment): boolean {
    try {
      return this.segmentFor(0) !== segment
    } catch {
      // The next spare takes its place.
      return false
    }
  }

  /** False if the segment failed, now or before; what it held is then on its way elsewhere. */
  flush(segment = this.current): boolean {
    if (segment.hasFailed) return false
    try {
      segment.flush()
      return true
    } catch (error) {
      this.deps.onFailure(segment, error)
      return false
    }
  }

  /** The oldest that is written no more, once all its records are stored. */
  oldestShipped(): Segment | undefined {
    const oldest = this.full[0]
    return oldest && oldest.shipped >= oldest.flushed && oldest.waiters.length === 0 ? oldest : undefined
  }

  /** Whether so many stand between a segment and the one that is written that it has become a burden. */
  isLongBehind(segment: Segment, behind: number): boolean {
    return this.full.length - this.full.indexOf(segment) > behind
  }

  /** Gives up a full segment; its file goes with it unless something in it is still to be read. */
  drop(segment: Segment, isKept = segment.isKept): void {
    const index = this.full.indexOf(segment)
    if (index === -1) return
    this.full.splice(index, 1)
    segment.close()
    if (isKept || !this.remove(segment.name)) this.kept++
  }

  /** Closes every file, and removes the last one with the spares if nobody needs it. */
  close(): void {
    this.spares.close()
    for (const segment of this.segments) segment.close()
    const { shipped, flushed, tickets, isKept, name } = this.current
    const isNeeded = shipped < flushed || tickets.size > 0 || isKept || this.full.length > 0
    if (!isNeeded) this.remove(name)
  }

  private remove(name: string): boolean {
    try {
      this.deps.disk.remove(name)
      return true
    } catch (error) {
      this.deps.log.error('a segment of the spool could not be removed', {
        segment: name,
        code: codeOf(error),
      })
      return false
    }
  }
}
