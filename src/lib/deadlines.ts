import type { Clock } from './clock'
import { Roster } from './roster'

/** Something that is late after a while, unless it is taken out before. */
export interface Deadline {
  readonly at: number
  readonly late: () => void
  /** Among those that are open. */
  place?: number
}

const LOOK_MS = 50

/**
 * Deadlines that hold to 50 ms: one interval looks at all of them, and ends when it has found none. A timer for each
 * would cost every request more than what it waits for.
 */
export class Deadlines {
  private readonly open = new Roster<Deadline>()
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
    const deadline: Deadline = { at: this.clock.now() + ms, late }
    deadline.place = this.open.add(deadline)
    this.timer ??= setInterval(() => this.look(), LOOK_MS)
    return deadline
  }

  delete(deadline: Deadline): void {
    this.open.delete(deadline, deadline.place)
  }

  private look(): void {
    if (this.open.size === 0) {
      clearInterval(this.timer)
      this.timer = undefined
    }
    const now = this.clock.now()
    for (const deadline of this.open) {
      if (now < deadline.at) continue
      this.delete(deadline)
      deadline.late()
    }
  }
}
