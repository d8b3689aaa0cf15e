import { Page, type Tally } from './page'
import type { Segment } from './segment'

export interface MemoryDeps {
  /** Of all pages together. */
  memoryBytes: number
  pageBytes: number
  newTally: () => Tally
  /** False if the segment failed: what the kernel does not have of it is then elsewhere. */
  flush: (segment: Segment) => boolean
}

/** What of a segment can be stored next; the segment is stored up to `end` after it. */
export interface Recalled {
  /** Undefined where there is no end up to there. */
  page: Page | undefined
  end: number
}

/**
 * The ends that were written lately, so that nobody has to read them back. The disk has all of them: what there is no page
 * for is forgotten with the rest of its segment, and nothing more is remembered until something was stored. So while the
 * store is away a full memory stays as it is, and is not filled and emptied again and again.
 */
export class Memory {
  /** The page that is written. */
  private current: Page | undefined
  private readonly free: Buffer[] = []
  private pages = 0
  private isFull = false
  private readonly mostPages: number
  private readonly deps: MemoryDeps

  constructor(deps: MemoryDeps) {
    this.mostPages = Math.floor(deps.memoryBytes / deps.pageBytes)
    this.deps = deps
  }

  /** The segment's last frame, of so many bytes, is that end. */
  add(segment: Segment, frameBytes: number, value: unknown): void {
    const page = this.pageFor(segment, frameBytes)
    if (page) page.add(segment, frameBytes, value)
    else this.forget(segment)
  }

  /**
   * The oldest ends of a segment, if they begin before the goal: the kernel has them, and nothing is added to their page any
   * more. Undefined if there are older ones, which must be read.
   */
  recall(segment: Segment, goal: number): Recalled | undefined {
    if (segment.shipped < Math.min(segment.rememberedFrom, segment.flushed)) return undefined
    const page = segment.pages[0]
    if (!page || page.from >= goal) return { page: undefined, end: goal }
    if (page === this.current) this.current = undefined
    if (page.end > segment.flushed && !this.deps.flush(segment)) return undefined
    return { page, end: page.end }
  }

  /** The segment's ends up to this position are stored. */
  stored(segment: Segment, position: number): void {
    segment.shipped = position
    this.isFull = false
    const count = segment.pages.findIndex(({ end }) => end > position)
    this.remove(segment, count === -1 ? segment.pages.length : count)
  }

  /** What is left of it must be read. */
  forget(segment: Segment): void {
    this.remove(segment, segment.pages.length)
    segment.rememberedFrom = Number.POSITIVE_INFINITY
  }

  private pageFor(segment: Segment, frameBytes: number): Page | undefined {
    const { current } = this
    if (this.isFull) return undefined
    if (current && current === segment.pages.at(-1) && current.takes(frameBytes)) return current
    const { pageBytes, newTally } = this.deps
    const bytes = frameBytes <= pageBytes ? this.newBytes() : undefined
    if (!bytes) return undefined
    const from = segment.end - frameBytes
    this.current = new Page(from, bytes, newTally())
    segment.pages.push(this.current)
    segment.rememberedFrom = Math.min(segment.rememberedFrom, from)
    return this.current
  }

  private newBytes(): Buffer | undefined {
    const bytes = this.free.pop()
    if (bytes) return bytes
    this.isFull = this.pages === this.mostPages
    if (this.isFull) return undefined
    this.pages++
    return Buffer.allocUnsafeSlow(this.deps.pageBytes)
  }

  private remove(segment: Segment, count: number): void {
    for (const page of segment.pages.splice(0, count)) {
      this.free.push(page.bytes)
      if (page === this.current) this.current = undefined
    }
  }
}
