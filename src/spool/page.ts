import { HEADER_BYTES } from './frame'
import type { Segment } from './segment'

/** Hears what each end of a page was made of, and is there when the page is recalled. */
export interface Tally<Value = unknown> {
  add(value: Value): void
}

/** About a statement's worth for the store: more would cost little less, and hold up the event loop. */
const MOST_ENDS = 500
const NEWLINE = 0x0a

/** Ends that follow each other in a segment, their payloads a line each: bytes, since what lives as objects is looked at by each collection. */
export class Page {
  /** Where the first one's frame begins in the segment. */
  readonly from: number
  /** Where the last one's frame ends. */
  end: number
  readonly tally: Tally
  readonly bytes: Buffer
  private used = 0
  private ends = 0

  constructor(from: number, bytes: Buffer, tally: Tally) {
    this.from = from
    this.end = from
    this.bytes = bytes
    this.tally = tally
  }

  /** Whether one more, whose frame has so many bytes, finds a place. */
  takes(frameBytes: number): boolean {
    return this.ends < MOST_ENDS && this.used + frameBytes <= this.bytes.length
  }

  /** The segment's last frame, of so many bytes, is that end. */
  add(segment: Segment, frameBytes: number, value: unknown): void {
    const length = frameBytes - HEADER_BYTES
    segment.copyTail(length, this.bytes, this.used)
    this.bytes[this.used + length] = NEWLINE
    this.used += length + 1
    this.ends++
    this.end = segment.end
    this.tally.add(value)
  }

  /** The payloads, a line each. */
  get lines(): string {
    return this.bytes.toString('utf8', 0, this.used - 1)
  }
}
