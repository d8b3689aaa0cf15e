import type { Ticking } from '../lib/ticker'

export interface MemoryRoomDeps {
  /** What this process may take of the machine's memory, or of its container's. */
  limitBytes: number
  /** What it takes now. */
  residentBytes: () => number
  /** Gives back what nobody needs; nothing else runs meanwhile. */
  collect: () => void
}

/** Of the limit: what is under way needs the rest, and above the whole the kernel kills the process. */
const SHARE_PERCENT = 85
const LOOK_MS = 1_000
const COLLECT_MS = 10_000

/** Looks once a second whether this process takes more than 85 % of the memory that it may take. */
export class MemoryRoom implements Ticking {
  /** As it was at the last look. Garbage alone never makes it so. */
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
    this.isShort = this.isOver()
    if (!this.isShort || now - this.collectedAt < COLLECT_MS) return
    this.collectedAt = now
    this.deps.collect()
    this.isShort = this.isOver()
  }

  private isOver(): boolean {
    return this.deps.residentBytes() * 100 > this.deps.limitBytes * SHARE_PERCENT
  }
}
