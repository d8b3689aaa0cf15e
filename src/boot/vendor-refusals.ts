import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { UsageRecord } from '../usage/record'

const AGAIN_MS = 60_000

/** Tells people of vendors whose figures cannot be, each at most once a minute: they tend to be wrong in every answer. */
export class Refusals {
  /** As many as the configuration has vendors. */
  private readonly toldAt = new Map<string, number>()
  private readonly clock: Clock
  private readonly log: Log

  constructor(clock: Clock, log: Log) {
    this.clock = clock
    this.log = log
  }

  tell({ vendor, model, requestId }: UsageRecord): void {
    const name = vendor ?? 'none'
    const now = this.clock.now()
    if (now - (this.toldAt.get(name) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return
    this.toldAt.set(name, now)
    this.log.warn('a vendor told usage that cannot be: it was counted here instead', {
      vendor: name,
      model,
      requestId,
    })
  }
}
