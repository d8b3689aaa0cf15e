/** A level is counted in these parts of a unit, so that what flows in during a millisecond is a whole number. */
export const PARTS = 60_000

/**
 * A token bucket that refills in one minute: `capacity` units at once, then `capacity` units a minute. Exact in integers;
 * time that stands still or goes back adds nothing. The level may be negative: what was used beyond it is paid back first.
 */
export class Bucket {
  private units: number
  private parts: number
  private at: number

  /** Starts with `parts` in it (60,000 a unit); full if nothing is said. */
  constructor(capacity: number, now: number, parts = capacity * PARTS) {
    this.units = capacity
    this.parts = parts
    this.at = Math.floor(now)
  }

  get capacity(): number {
    return this.units
  }

  /** What is in it, in parts. */
  level(now: number): number {
    this.refill(now)
    return this.parts
  }

  /** Whole units that could be taken. */
  remaining(now: number): number {
    return Math.max(0, Math.floor(this.level(now) / PARTS))
  }

  /** Takes so many units, or none; whether it did. It may be enough that fewer are there: then the rest is owed. */
  take(units: number, now: number, enough = units): boolean {
    if (this.level(now) < enough * PARTS) return false
    this.parts -= units * PARTS
    return true
  }

  /** Puts units back, or (negative) takes what was used beyond what had been taken. What does not fit flows over. */
  put(units: number, now: number): void {
    this.parts = Math.min(this.units * PARTS, this.level(now) + units * PARTS)
  }

  /** Milliseconds until so many units are there, rounded up; Infinity for more than it ever holds. */
  msUntil(units: number, now: number): number {
    const missing = units * PARTS - this.level(now)
    if (missing <= 0) return 0
    return units > this.units ? Number.POSITIVE_INFINITY : Math.ceil(missing / this.units)
  }

  /** Makes it larger by `units`, and adds `parts` to its level. */
  grow(units: number, parts: number, now: number): void {
    const level = this.level(now)
    this.units += units
    this.parts = Math.min(this.units * PARTS, level + parts)
  }

  /** Makes it smaller and returns the parts that go along: their proportion of what is in it, or all of it with the last unit. */
  shrink(capacity: number, now: number): number {
    const level = this.level(now)
    const kept = capacity === 0 ? 0 : level <= 0 ? level : Math.floor((level * capacity) / this.units)
    return this.keep(capacity, kept)
  }

  /** The same, but that whole units go where that leaves no more than fits: who gets them can let requests in. */
  give(capacity: number, now: number): number {
    const level = this.level(now)
    if (capacity === 0 || level <= 0) return this.shrink(capacity, now)
    const given = level - (level * capacity) / this.units
    return this.keep(capacity, level - Math.floor(given / PARTS) * PARTS)
  }

  private keep(capacity: number, parts: number): number {
    const before = this.parts
    this.units = capacity
    this.parts = Math.min(parts, capacity * PARTS)
    return before - this.parts
  }

  /** Gives away so many whole units, and no more than it has, with as much of its capacity; how many. */
  cede(units: number, now: number): number {
    const ceded = Math.min(units, this.remaining(now))
    this.units -= ceded
    this.parts -= ceded * PARTS
    return ceded
  }

  private refill(now: number): void {
    const ms = Math.floor(now) - this.at
    if (ms <= 0) return
    this.at += ms
    this.parts = Math.min(this.units * PARTS, this.parts + ms * this.units)
  }
}
