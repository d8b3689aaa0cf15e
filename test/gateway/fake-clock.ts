import type { Clock } from '../../src/lib/clock'

/** A clock that stands until it is moved. */
export class FakeClock implements Clock {
  private ms = 0

  now(): number {
    return this.ms
  }

  date(): number {
    return 1_780_000_000_000 + this.ms
  }

  advance(ms: number): void {
    this.ms += ms
  }
}
