import type { Clock } from './clock'

/** Two clocks that are no further apart keep the same time. */
const SAME_MS = 250
/** An answer that took longer says too little of when it was given. */
const LONGEST_TRIP_MS = 1_000

/**
 * A clock whose date is put right by another one where the two are apart. Durations are its own; so is how its date goes
 * on from what it last heard: a machine whose date is set meanwhile does not take it along.
 */
export class FollowedClock implements Clock {
  /** How far its date was ahead of its machine's when it last heard, in milliseconds; 0 where that keeps time. */
  offsetMs = 0
  /** What its date was ahead of `now()` by then. */
  private aheadMs: number | undefined
  private readonly own: Clock

  constructor(own: Clock) {
    this.own = own
  }

  readonly now = (): number => this.own.now()

  readonly date = (): number =>
    this.aheadMs === undefined ? this.own.date() : Math.floor(this.aheadMs + this.own.now())

  /** The other one said that it was `date`, at some moment of the `tripMs` until now. */
  hear(date: number, tripMs: number): void {
    if (tripMs > LONGEST_TRIP_MS) return
    const own = this.own.date()
    const offsetMs = Math.round(date + tripMs / 2 - own)
    this.offsetMs = Math.abs(offsetMs) > SAME_MS + tripMs / 2 ? offsetMs : 0
    this.aheadMs = own + this.offsetMs - this.own.now()
  }
}
