import type { Clock } from './clock'
import { Roster } from './roster'

/** Something that wants to know, a few times a second, what time it is. */
export interface Ticking {
  tick(now: number): void
  /** Set by its ticker, and by nobody else: one ticker at most tells it the time. */
  tickerPlace?: number | undefined
}

/** So many times the interval between two ticks is no mere delay. */
const LATE = 2

/**
 * One timer for all: live calls look at their deadlines when it ticks, so that no request
 * pays for timers of its own. Ticks only while something is registered, and keeps no process alive.
 */
export class Ticker {
  private readonly items = new Roster<Ticking>()
  private timer: ReturnType<typeof setInterval> | undefined
  private beatAt = 0
  private readonly clock: Clock
  private readonly everyMs: number

  constructor(clock: Clock, everyMs = 250) {
    this.clock = clock
    this.everyMs = everyMs
  }

  get size(): number {
    return this.items.size
  }

  add(item: Ticking): void {
    item.tickerPlace ??= this.items.add(item)
    if (this.timer !== undefined) return
    this.beatAt = this.clock.now()
    this.timer = setInterval(() => this.beat(), this.everyMs)
    this.timer.unref?.()
  }

  delete(item: Ticking): void {
    const { tickerPlace } = item
    item.tickerPlace = undefined
    if (!this.items.delete(item, tickerPlace) || this.items.size > 0) return
    clearInterval(this.timer)
    this.timer = undefined
  }

  /** After the event loop stood still there may be bytes that came in time: they are read before anybody looks at a deadline. */
  private beat(): void {
    const now = this.clock.now()
    const stoodStill = now - this.beatAt > this.everyMs * LATE
    this.beatAt = now
    if (stoodStill) setTimeout(() => this.tick(), 0).unref?.()
    else this.tick()
  }

  /** Tells everyone the time now; the interval calls this, and a test may. */
  tick(): void {
    const now = this.clock.now()
    for (const item of this.items) item.tick(now)
  }
}
