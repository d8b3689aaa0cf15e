import type { Clock } from '../lib/clock'
import type { Segment } from './segment'
import type { Waiter } from './waiter'

export interface GroupCommitDeps {
  clock: Clock
  nextTurn: (run: () => void) => void
  later: (run: () => void, delayMs: number) => void
  segments: () => readonly Segment[]
  /** False if the segment failed, and what it held is on its way elsewhere. */
  flush: (segment: Segment) => boolean
  fail: (segment: Segment, error: unknown) => void
  /** The waiter's position is on the disk. */
  settle: (waiter: Waiter, segment: Segment) => void
}

/** How long a group may grow before it is synced. */
const GROUP_MS = 2
const ASYNC_MS = 100

/** Brings what was appended to the disk for everyone who waits for it, with as few syncs as can be and one timer at most. */
export class GroupCommit {
  private isCommitting = false
  private isTimed = false
  private readonly deps: GroupCommitDeps

  constructor(deps: GroupCommitDeps) {
    this.deps = deps
  }

  /** Somebody waits. */
  wake(): void {
    if (this.isCommitting) return
    this.isCommitting = true
    this.gather(this.deps.clock.now(), this.waiting())
  }

  /** Waits while a turn of the loop brings more records, at most GROUP_MS; an idle gateway waits one turn. */
  private gather(since: number, seen: number): void {
    const { clock, nextTurn } = this.deps
    nextTurn(() => {
      const count = this.waiting()
      if (count > seen && clock.now() - since < GROUP_MS) this.gather(since, count)
      else void this.commit()
    })
  }

  private async commit(): Promise<void> {
    for (const segment of this.awaited()) this.deps.flush(segment)
    this.answer()
    if (this.isUrgent()) await this.sync()
    this.isCommitting = false
    if (this.isUrgent()) this.wake()
    else if (this.waiting() > 0) this.syncLater()
  }

  /** Tells those who need no more than the kernel. */
  private answer(): void {
    for (const segment of this.awaited()) {
      for (const waiter of segment.waiters) {
        if (waiter.needsDisk || waiter.end > segment.flushed) continue
        waiter.isAnswered = true
        waiter.resolve(segment)
      }
    }
  }

  private syncLater(): void {
    if (this.isTimed) return
    this.isTimed = true
    this.deps.later(() => {
      this.isTimed = false
      void this.sync()
    }, ASYNC_MS)
  }

  private async sync(): Promise<void> {
    for (const segment of this.awaited()) {
      if (!this.deps.flush(segment)) continue
      try {
        await segment.sync()
      } catch (error) {
        this.deps.fail(segment, error)
      }
      for (const waiter of segment.takeSafe()) this.deps.settle(waiter, segment)
    }
  }

  /** Somebody has no answer yet. */
  private isUrgent(): boolean {
    return this.awaited().some(({ waiters }) => waiters.some(({ isAnswered }) => !isAnswered))
  }

  private awaited(): Segment[] {
    return this.deps.segments().filter(({ waiters }) => waiters.length > 0)
  }

  private waiting(): number {
    return this.deps.segments().reduce((sum, { waiters }) => sum + waiters.length, 0)
  }
}
