import type { Segment } from './segment'

/** An end as its owner handed it over. */
export interface End {
  /** Where its frame ends in the segment. */
  end: number
  bytes: number
  value: unknown
}

/**
 * The ends that were written lately, so that nobody has to read them back. The disk has all of them: what there is no
 * room for, by the length of the frames, is forgotten with the rest of its segment, and nothing more is remembered until
 * something was stored. So while the store is away a full memory stays as it is, and is not filled and emptied again and again.
 */
export class Memory {
  private bytes = 0
  private isFull = false
  private readonly mostBytes: number

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes
  }

  /** The segment's last frame, of so many bytes, is that end; a value of undefined can only be read back. */
  add(segment: Segment, bytes: number, value: unknown): void {
    this.isFull ||= this.bytes + bytes > this.mostBytes
    if (value === undefined || this.isFull) {
      this.forget(segment)
      return
    }
    const { end } = segment
    if (segment.rememberedFrom === Number.POSITIVE_INFINITY) segment.rememberedFrom = end - bytes
    segment.ends.push({ end, bytes, value })
    this.bytes += bytes
  }

  /** The oldest ends of a segment that the kernel has, at most so many; undefined if there are older ones, which must be read. */
  recall(segment: Segment, most: number): { values: unknown[]; end: number } | undefined {
    const { ends, flushed, shipped, rememberedFrom } = segment
    if (shipped < Math.min(rememberedFrom, flushed)) return undefined
    const values: unknown[] = []
    for (const { end, value } of ends) {
      if (end > flushed) break
      if (values.push(value) === most) return { values, end }
    }
    return { values, end: flushed }
  }

  /** The ends up to this position are stored. */
  release(segment: Segment, position: number): void {
    this.isFull = false
    const count = segment.ends.findIndex(({ end }) => end > position)
    this.remove(segment, 0, count === -1 ? segment.ends.length : count)
  }

  /** Forgets what the kernel never got of a segment that failed: it goes elsewhere. */
  cut(segment: Segment): void {
    const from = segment.ends.findIndex(({ end }) => end > segment.flushed)
    if (from !== -1) this.remove(segment, from, segment.ends.length - from)
  }

  private forget(segment: Segment): void {
    this.remove(segment, 0, segment.ends.length)
    segment.rememberedFrom = Number.POSITIVE_INFINITY
  }

  private remove(segment: Segment, from: number, count: number): void {
    for (const { bytes } of segment.ends.splice(from, count)) this.bytes -= bytes
  }
}
