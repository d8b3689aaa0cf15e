import type { Clock } from '../lib/clock'
import type { Log } from '../lib/log'
import type { UsageRecord } from '../usage/record'

const AGAIN_MS = 60_000
const FAULTS = {
  impossible: 'a vendor told usage that cannot be: it was counted here instead',
  overrun: 'a vendor billed more than it was allowed: it is booked in full',
} as const

/** Tells people of vendors with faulty figures, of each fault at most once a minute: they tend to be wrong in every answer. */
export class VendorFaults {
  /** Twice as many as the configuration has vendors. */
  private readonly toldAt = new Map<string, number>()
  private readonly clock: Clock
  private readonly log: Log

  constructor(clock: Clock, log: Log) {
    this.clock = clock
    this.log = log
  }

  tell(fault: keyof typeof FAULTS, { vendor, model, requestId }: UsageRecord): void {
    const name = vendor ?? 'none'
    const kind = `${fault} ${name}`
    const now = this.clock.now()
    if (now - (this.toldAt.get(kind) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return
    this.toldAt.set(kind, now)
    this.log.warn(FAULTS[fault], { vendor: name, model, requestId })
  }
}
