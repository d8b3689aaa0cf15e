import type { LimitKind, RateLimits } from '../../db/limits'
import type { Clock } from '../../lib/clock'
import type { TenantAllowances } from '../tenant-allowances'
import { type AskForMore, type Desk, lackingOf, NONE, RateHold } from './hold'
import { Lot } from './lot'
import { rateRefusal } from './refusal'

/** Whose limits a request goes by. */
export interface Limited {
  readonly keyId: string
  readonly tenantId: string
  readonly limits: RateLimits | null
  readonly version: number
}

export interface RatesDeps {
  clock: Pick<Clock, 'now'>
  tenants: Pick<TenantAllowances, 'get'>
}

const AT_THE_DOOR: readonly LimitKind[] = ['concurrency', 'rpm']

/** The limits in use on this process: how much of each it may let through, and who is asked for more. */
export class Rates implements Desk {
  readonly lots = new Map<string, Lot>()
  /** Requests that were refused, by the kind of limit, since the process began. */
  readonly refused: Record<LimitKind, number> = { rpm: 0, tpm: 0, concurrency: 0 }
  /** Until when shares hold, by the process's clock; `onLapse` is called by whoever looks at the time after that. */
  trustedUntil = Number.POSITIVE_INFINITY
  onLapse: () => void = () => {}
  /** Where more can be had. Without anybody to share with, a limit is all this process's at once. */
  askForMore: AskForMore = lacking => {
    for (const lot of lacking()) lot.guess(1, this.now(), true)
    return undefined
  }
  private readonly deps: RatesDeps

  constructor(deps: RatesDeps) {
    this.deps = deps
  }

  /** The time, once shares that are over by then have been let go: a process may have stood still while a request waited. */
  now(): number {
    const now = this.deps.clock.now()
    if (now >= this.trustedUntil) this.onLapse()
    return now
  }

  /**
   * Lets a request in by the limits of its key and tenant: takes a request and a place of each. Undefined where nothing
   * is limited. Throws `rate_limit_exceeded`. A promise only where a share must be had first, or more of it.
   */
  enter(caller: Limited): RateHold | undefined | Promise<RateHold> {
    const tenant = this.deps.tenants.get(caller.tenantId)
    if (caller.limits === null && !tenant?.limits) return undefined
    const now = this.now()
    const { tenantId, keyId, limits, version } = caller
    const own = limits && this.lotOf(tenantId, keyId, limits, version, now)
    const all = tenant?.limits && this.lotOf(tenantId, tenantId, tenant.limits, tenant.version, now)
    const lots = own && all ? [own, all] : ((own ?? all)?.alone ?? NONE)
    if (this.letsIn(lots, now)) return new RateHold(lots, this, now)
    const asking = this.askForMore(() => AT_THE_DOOR.flatMap(kind => lackingOf(lots, kind, 1, this.now())))
    return asking ? asking.then(() => this.take(lots)) : this.take(lots)
  }

  private letsIn(lots: readonly Lot[], now: number): boolean {
    for (const { places, requests } of lots)
      if ((places?.lacks(1) ?? 0) > 0 || (requests?.lacks(1, now) ?? 0) > 0) return false
    return true
  }

  private take(lots: readonly Lot[]): RateHold {
    const now = this.now()
    for (const lot of lots) {
      for (const kind of AT_THE_DOOR) {
        if ((lot.part(kind)?.lacks(1, now) ?? 0) === 0) continue
        this.refused[kind]++
        throw rateRefusal(lots, lot, kind, 1, now)
      }
    }
    return new RateHold(lots, this, now)
  }

  private lotOf(tenantId: string, subjectId: string, limits: RateLimits, version: number, now: number): Lot {
    const known = this.lots.get(subjectId)
    if (known) {
      known.usedAt = now
      if (version > known.version) known.change(limits, version, now)
      return known
    }
    const lot = new Lot(tenantId, subjectId, limits, version, now)
    this.lots.set(subjectId, lot)
    return lot
  }
}
