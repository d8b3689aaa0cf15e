import type { Clock } from './clock'

/** Something that is late after a while, unless it is taken out before. */
export interface Deadline {
  readonly at: number
  readonly late: () => void
}

const LOOK_MS = 50

/**
 * Deadlines that hold to 50 ms: one interval looks at all of them, and ends when it has found none. A timer for each
 * would cost every request more than what it waits for.
 */
export class Deadlines {
  private readonly open = new Set<Deadline>()
  private timer: ReturnType<typeof setInterval> | undefined
  private readonly clock: Pick<Clock, 'now'>

  constructor(clock: Pick<Clock, 'now'>) {
    this.clock = clock
  }

  /** Nothing is looked at. */
  get isAtRest(): boolean {
    return this.timer === undefined
  }

  /** Calls `late` once, after so many milliseconds. */
  add(late: () => void, ms: number): Deadline {
    const deadline = { at: this.clock.now() + ms, late }
    this.open.add(deadline)
    this.timer ??= setInterval(() => this.look(), LOOK_MS)
    return deadline
  }

  delete(deadline: Deadline): void {
    this.open.delete(deadline)
  }

  private look(): void {
    if (this.open.size === 0) {
      clearInterval(this.timer)
      this.timer = undefined
    }
    const now = this.clock.now()
    for (const deadline of this.open) {
      if (now < deadline.at) continue
      this.open.delete(deadline)
      deadline.late()
    }
  }
}
