import { GatewayError } from '../errors'
import type { Clock } from '../lib/clock'
import type { Ticker } from '../lib/ticker'
import type { Exchange } from '../upstream/exchange'
import { UpstreamFailure } from '../upstream/failure'

/** Beyond these a vendor's stream is closed after all, and what was seen is counted. */
const MOST = 512
/** Of these those that callers alone have asked for: one of them must not take the places of answers that are billed anyhow. */
const MOST_ASKED = 128
const LONGEST_MS = 300_000
const MOST_BYTES = 16 * 1024 * 1024

const TOO_LONG = new UpstreamFailure(
  new GatewayError('upstream_error', 'Nobody waits for this answer any more.'),
  false,
)

/** Answers that are read to their end for their usage alone, their callers gone. Bounded in number, time and bytes. */
export class Drains {
  private running = 0
  private asked = 0
  private readonly clock: Clock
  private readonly ticker: Ticker

  constructor(clock: Clock, ticker: Ticker) {
    this.clock = clock
    this.ticker = ticker
  }

  get size(): number {
    return this.running
  }

  /** Lets an exchange go on without its caller: its vendor bills it anyhow, or its caller has asked for that. False if there are too many already. */
  take(exchange: Exchange, why: 'billed' | 'asked'): boolean {
    const isAsked = why === 'asked'
    if (this.running >= MOST || (isAsked && this.asked >= MOST_ASKED)) return false
    this.running++
    if (isAsked) this.asked++
    const until = this.clock.now() + LONGEST_MS
    const most = exchange.bytes + MOST_BYTES
    const watch = {
      tick: (now: number) => {
        if (exchange.endedAt === null && (now > until || exchange.bytes > most)) exchange.break(TOO_LONG)
        if (exchange.endedAt === null) return
        this.ticker.delete(watch)
        this.running--
        if (isAsked) this.asked--
      },
    }
    this.ticker.add(watch)
    return true
  }
}
