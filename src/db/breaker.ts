import { GatewayError } from '../errors'
import type { Clock } from '../lib/clock'
import { storeUnavailable } from './store-error'

const MOST_FAILURES = 5
const PAUSE_MS = 500

/**
 * Keeps requests from waiting, one after another, for a database that does not answer: after five failures in a row who
 * asks is refused at once, but for one each half second, and its answer lets all of them ask again.
 */
export class Breaker {
  private failures = 0
  private pausedUntil = Number.NEGATIVE_INFINITY
  private readonly clock: Pick<Clock, 'now'>

  constructor(clock: Pick<Clock, 'now'>) {
    this.clock = clock
  }

  /** What `query` resolves to. Rejects with what it rejects with, or without asking with `store_unavailable`. */
  async ask<T>(query: () => Promise<T>): Promise<T> {
    if (!this.mayAsk()) throw storeUnavailable(new Error('the database has not answered of late'))
    try {
      const found = await query()
      this.failures = 0
      return found
    } catch (error) {
      this.note(error)
      throw error
    }
  }

  private mayAsk(): boolean {
    if (this.failures < MOST_FAILURES) return true
    const now = this.clock.now()
    if (now < this.pausedUntil) return false
    // Who asks now does so for all.
    this.pausedUntil = now + PAUSE_MS
    return true
  }

  /** An error that the database gave is an answer. */
  private note(error: unknown): void {
    const isAway = error instanceof GatewayError && error.code === 'store_unavailable'
    this.failures = isAway ? this.failures + 1 : 0
    if (this.failures >= MOST_FAILURES) this.pausedUntil = this.clock.now() + PAUSE_MS
  }
}
