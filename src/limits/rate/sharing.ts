import { LIMIT_KINDS, type LimitKind } from '../../db/limits'
import type { SharedLimits } from '../../db/shared-limits'
import type { Clock } from '../../lib/clock'
import type { Log } from '../../lib/log'
import { keepOf } from './keep'
import type { Lot } from './lot'
import type { Part } from './part'
import type { Rates } from './rates'
import type { Given, Report } from './share-out'

/** The store as shares need it. Whatever it rejects with, the next try comes. */
export interface ShareStore {
  /** Begins this process's lease or makes it last. `isKept` is false once it has ended. */
  renew(processId: string): Promise<{ isKept: boolean; others: number }>
  /** Tells the reports and hears what is given, lot by lot; undefined if the lease has ended. */
  exchange(
    processId: string,
    reports: ReadonlyMap<Lot, Report>,
  ): Promise<ReadonlyMap<Lot, Partial<Record<LimitKind, Given>>> | undefined>
  /** The keys and tenants of which some process lacks something. */
  short(): Promise<readonly { subjectId: string; shares: SharedLimits }[]>
  /** Ends the lease. */
  end(processId: string): Promise<void>
  prune(): Promise<void>
}

export interface SharingDeps {
  clock: Pick<Clock, 'now'>
  log: Log
  rates: Rates
  store: ShareStore
  newId: () => string
  /** Whether any key or tenant has limits at all: without them nothing is told to the store. */
  isWanted: () => boolean
}

/** Less than a lease lasts in the store, so that it is over here before it is over there. */
const TRUSTED_MS = 8_000
const RENEW_MS = 2_500
const ROUND_MS = 500
/** Where nothing more was to be had it is not asked again for so long. */
const SHORT_MS = 250
/** A request waits no longer for a share. */
const PATIENCE_MS = 1_000
const PRUNE_MS = 3_600_000
const MOST_LOTS = 500
/** A lot that is forgotten must not be in the hands of a request that waits for a share of it. */
const FORGET_MS = 2 * PATIENCE_MS

/**
 * Shares limits with the other processes of the database: this one tells what it lacks, is given a part, and gives what
 * others lack. A request for which there is a share never waits; one without waits for one exchange, together with all
 * that wait. What is held ends with a lease; a process that cannot reach the store lets its even part of each limit through.
 */
export class Sharing {
  private processId: string
  private renewedAt = Number.NEGATIVE_INFINITY
  private prunedAt: number
  /** Live processes, this one included. */
  private processes = 1
  /** The store failed: nobody waits for it until it has answered again. */
  private isAway = false
  private readonly asking = new Set<Lot>()
  /** Exchanges go one after the other: of two at once nobody knew which the store saw first. */
  private running: Promise<void> = Promise.resolve()
  private timer: ReturnType<typeof setInterval> | undefined
  private isRound = false
  private isStopped = false
  private readonly deps: SharingDeps

  constructor(deps: SharingDeps) {
    this.deps = deps
    this.processId = deps.newId()
    this.prunedAt = deps.clock.now()
    deps.rates.trustedUntil = Number.NEGATIVE_INFINITY
    deps.rates.askForMore = lots => this.ask(lots)
    deps.rates.onLapse = () => this.lapse()
  }

  start(): void {
    this.timer = setInterval(() => void this.round(), ROUND_MS)
    this.timer.unref()
  }

  /** Gives everything back, so that the others need not wait for the lease's end. */
  async stop(): Promise<void> {
    this.isStopped = true
    clearInterval(this.timer)
    await this.running
    if (!this.isTrusted()) return
    try {
      await this.exchange([...this.deps.rates.lots.values()], () => 0)
      await this.deps.store.end(this.processId)
    } catch {
      this.deps.log.debug('shares of limits were not given back; they end with their lease')
    }
  }

  /** Twice a second: renews the lease, gives what others lack, gives back what is not used. Never rejects. */
  async round(): Promise<void> {
    const { clock, rates, isWanted, store } = this.deps
    if (this.isRound || this.isStopped || (rates.lots.size === 0 && !isWanted())) return
    this.isRound = true
    try {
      if (!this.isTrusted()) this.lapse()
      const before = this.processes
      if (clock.now() - this.renewedAt >= RENEW_MS) await this.inTurn(() => this.renew())
      if (rates.lots.size > 0) await this.rebalance(this.processes > before)
      if (clock.now() - this.prunedAt < PRUNE_MS) return
      this.prunedAt = clock.now()
      await store.prune()
    } catch {
      this.fail()
    } finally {
      this.isRound = false
    }
  }

  /** The store may have forgotten what it was told (a promoted replica, a restored backup): everything is asked for anew. */
  startAnew(): void {
    this.lapse()
  }

  private isTrusted(): boolean {
    return this.deps.clock.now() < this.deps.rates.trustedUntil
  }

  /** Asks for what the lots lack, where there may be any; the promise settles when it is known, or has taken too long. */
  private ask(lots: readonly Lot[]): Promise<void> | undefined {
    const now = this.deps.clock.now()
    if (this.isAway || this.isStopped) {
      for (const lot of lots) lot.guess(this.processes, now, true)
      return undefined
    }
    const hopeful = lots.filter(lot => LIMIT_KINDS.some(kind => isHopeful(lot, kind, now)))
    if (hopeful.length === 0) return undefined
    for (const lot of hopeful) this.asking.add(lot)
    return this.inTime(
      this.inTurn(() => this.serveAsking()),
      hopeful,
    )
  }

  private async inTime(answer: Promise<void>, lots: readonly Lot[]): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<'late'>(resolve => {
      timer = setTimeout(resolve, PATIENCE_MS, 'late')
    })
    const said = await Promise.race([answer, late])
    clearTimeout(timer)
    if (said !== 'late' && !this.isAway) return
    for (const lot of lots) lot.guess(this.processes, this.deps.clock.now(), true)
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.running.then(work)
    this.running = done.catch(() => {})
    return done
  }

  /** Whoever asked since the last exchange goes along with this one. */
  private async serveAsking(): Promise<void> {
    const lots = [...this.asking].slice(0, MOST_LOTS)
    if (lots.length === 0) return
    for (const lot of lots) this.asking.delete(lot)
    try {
      if (!this.isTrusted()) await this.renew()
      await this.exchange(lots)
      this.isAway = false
    } catch {
      this.fail()
    }
  }

  private async exchange(lots: readonly Lot[], keep?: (part: Part, kind: LimitKind, lot: Lot) => number) {
    const { clock, store } = this.deps
    const now = clock.now()
    const reports = new Map(
      lots.map(lot => [lot, lot.report(now, keep && ((part, kind) => keep(part, kind, lot)))] as const),
    )
    const id = this.processId
    const given = await store.exchange(id, reports).catch(error => {
      for (const lot of lots) lot.isUntold = true
      throw error
    })
    if (!given) return this.lapse(true)
    // What was given to a lease that is over by now may be somebody else's.
    if (id !== this.processId || !this.isTrusted()) return
    for (const [lot, report] of reports) lot.receive(report, given.get(lot) ?? {}, clock.now())
  }

  private async renew(): Promise<void> {
    const sentAt = this.deps.clock.now()
    const { isKept, others } = await this.deps.store.renew(this.processId)
    this.processes = others + 1
    // The next try begins a lease of another name.
    if (!isKept) return this.lapse(true)
    this.renewedAt = sentAt
    this.deps.rates.trustedUntil = sentAt + TRUSTED_MS
    this.isAway = false
  }

  /** The lease is over, or may be: what was held by it is held no longer, and it is never taken up again. */
  private lapse(isCertain = false): void {
    const { rates, clock, newId } = this.deps
    if (rates.trustedUntil === Number.NEGATIVE_INFINITY && !isCertain) return
    rates.trustedUntil = Number.NEGATIVE_INFINITY
    this.renewedAt = Number.NEGATIVE_INFINITY
    this.processId = newId()
    for (const lot of rates.lots.values()) lot.guess(this.processes, clock.now())
  }

  private fail(): void {
    if (!this.isAway) this.deps.log.warn('limits cannot be shared: this process lets its even part through')
    this.isAway = true
  }

  private async rebalance(hasNewcomers: boolean): Promise<void> {
    const { clock, rates, store } = this.deps
    const short = new Map((await store.short()).map(({ subjectId, shares }) => [subjectId, shares]))
    this.isAway = false
    const now = clock.now()
    const context = { now, self: this.processId, processes: this.processes, hasNewcomers }
    const keep = (part: Part, kind: LimitKind, lot: Lot) =>
      keepOf(part, lot, short.get(lot.subjectId)?.limits[kind], context)
    const touched = [...rates.lots.values()].filter(lot =>
      LIMIT_KINDS.some(kind => isDue(lot, kind, now, keep)),
    )
    for (let at = 0; at < touched.length; at += MOST_LOTS)
      await this.inTurn(() => this.exchange(touched.slice(at, at + MOST_LOTS), keep))
    for (const [id, lot] of rates.lots)
      if (lot.isBare && lot.isIdle(now) && now - lot.usedAt > FORGET_MS) rates.lots.delete(id)
  }
}

/** Something is to be given, a guess to be replaced, or what was lacking is lacking no more. */
function isDue(
  lot: Lot,
  kind: LimitKind,
  now: number,
  keep: (part: Part, kind: LimitKind, lot: Lot) => number,
) {
  const part = lot.part(kind)
  if (!part) return false
  return (
    lot.isUntold ||
    part.owes ||
    part.isGuess ||
    (part.isShort && now - part.shortAt > FORGET_MS) ||
    keep(part, kind, lot) < part.share
  )
}

function isHopeful(lot: Lot, kind: LimitKind, now: number): boolean {
  const part = lot.part(kind)
  if (!part || (lot.needs[kind] ?? 0) === 0) return false
  return (part.share < part.limit || part.isGuess) && now - part.shortAt >= SHORT_MS
}
