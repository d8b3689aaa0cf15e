import { MEMORY_SHARE_PERCENT } from '../lib/memory-share'
import type { Ticking } from '../lib/ticker'

export interface MemoryRoomDeps {
  /** What this process may take of the machine's memory, or of its container's. */
  limitBytes: number
  /** What it takes now; undefined where that cannot be known: a process without a descriptor left cannot ask. */
  residentBytes: () => number | undefined
  /** Gives back what nobody needs; nothing else runs meanwhile. */
  collect: () => void
}

const LOOK_MS = 1_000
/** A collection stops every stream while it lasts. */
const COLLECT_MS = 10_000

/** Looks once a second whether this process takes more than 85 % of the memory that it may take, garbage of the last 10 s included. */
export class MemoryRoom implements Ticking {
  /** As it was at the last look that did not collect: what a collection gave back is seen at the one after it. */
  isShort = false
  private lookedAt = Number.NEGATIVE_INFINITY
  private collectedAt = Number.NEGATIVE_INFINITY
  private readonly deps: MemoryRoomDeps

  constructor(deps: MemoryRoomDeps) {
    this.deps = deps
  }

  get limitBytes(): number {
    return this.deps.limitBytes
  }

  tick(now: number): void {
    if (now - this.lookedAt < LOOK_MS) return
    this.lookedAt = now
    const bytes = this.deps.residentBytes()
    if (bytes === undefined) return
    const isOver = bytes * 100 > this.deps.limitBytes * MEMORY_SHARE_PERCENT
    if (!isOver || now - this.collectedAt < COLLECT_MS) {
      this.isShort = isOver
      return
    }
    this.collectedAt = now
    this.deps.collect()
  }
}
