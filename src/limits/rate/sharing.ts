import { LIMIT_KINDS, type LimitKind } from '../../db/limits'
import type { SharedLimits } from '../../db/shared-limits'
import type { Clock } from '../../lib/clock'
import type { Log } from '../../lib/log'
import { FORGET_MS, hopefulOf, isDue, owesAnswer } from './due'
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
  /** From now on `recall` hears of keys and tenants of which another process lacks some; calling again does no harm. */
  listen(processId: () => string, recall: (subjectId: string) => void): void
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
  pause(ms: number): Promise<void>
}

/** Less than a lease lasts in the store, so that it is over here before it is over there. */
const TRUSTED_MS = 8_000
const RENEW_MS = 2_500
const ROUND_MS = 500
/** A request waits no longer for a share. */
const PATIENCE_MS = 1_000
/** Between looks whether what others hold has come: they answer within milliseconds where the store wakes them, else by their next round. */
const LOOKS_MS = [10, 20, 40, 80, 150, 150, 150, 150]
/** What others lack is given together, so often at most. */
const CEDE_MS = 50
const PRUNE_MS = 3_600_000
const MOST_LOTS = 500

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
  /** Others lack some of these. */
  private readonly ceding = new Set<Lot>()
  private cededAt = Number.NEGATIVE_INFINITY
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
    deps.rates.askForMore = lacking => this.ask(lacking)
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
      await this.exchange([...this.deps.rates.lots.values()], (lot, now) => lot.report(now, () => 0))
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
      store.listen(
        () => this.processId,
        subjectId => this.recalled(subjectId),
      )
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

  /** Another process lacks some of this key's or tenant's limits: what is not used here is given. Never rejects. */
  recalled(subjectId: string): void {
    const lot = this.deps.rates.lots.get(subjectId)
    if (!lot || this.isStopped) return
    this.ceding.add(lot)
    if (this.ceding.size > 1) return
    const elapsed = this.deps.clock.now() - this.cededAt
    void this.deps
      .pause(Math.max(0, CEDE_MS - elapsed))
      .then(() => this.inTurn(() => this.cede()))
      .catch(() => this.fail())
  }

  /** Asks for what is lacking, where there may be any; the promise settles when it is known, or has taken too long. */
  private ask(lacking: () => readonly Lot[]): Promise<void> | undefined {
    const now = this.deps.clock.now()
    const lots = lacking()
    if (this.isAway || this.isStopped) {
      for (const lot of lots) lot.guess(this.processes, now, true)
      return undefined
    }
    const hopeful = hopefulOf(lots, now)
    return hopeful.length === 0 ? undefined : this.have(hopeful, lacking)
  }

  /** Asks, and again while others may still give some. */
  private async have(lots: readonly Lot[], lacking: () => readonly Lot[]): Promise<void> {
    await this.inTime(this.exchangeSoon(lots), lots)
    let hopeful = lots
    for (const pauseMs of LOOKS_MS) {
      hopeful = hopefulOf(lacking(), this.deps.clock.now()).filter(lot =>
        LIMIT_KINDS.some(kind => lot.part(kind)?.mayCome),
      )
      if (hopeful.length === 0 || this.isAway || this.isStopped) return
      await this.deps.pause(pauseMs)
      await this.exchangeSoon(hopeful)
    }
    // Somebody does not answer: nobody waits for that again at once.
    const now = this.deps.clock.now()
    for (const lot of hopeful) for (const kind of LIMIT_KINDS) lot.part(kind)?.giveUp(now)
  }

  private exchangeSoon(lots: readonly Lot[]): Promise<void> {
    for (const lot of lots) this.asking.add(lot)
    return this.inTurn(() => this.serveAsking())
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

  private async cede(): Promise<void> {
    const lots = [...this.ceding].slice(0, MOST_LOTS)
    for (const lot of lots) this.ceding.delete(lot)
    this.cededAt = this.deps.clock.now()
    if (this.isTrusted() && !this.isAway) await this.exchange(lots, (lot, now) => lot.cede(now))
  }

  private async exchange(
    lots: readonly Lot[],
    say: (lot: Lot, now: number) => Report = asItIs,
  ): Promise<void> {
    const { clock, store } = this.deps
    const now = clock.now()
    const reports = new Map(lots.map(lot => [lot, say(lot, now)] as const))
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
    const owes = ({ subjectId }: Lot) => owesAnswer(short.get(subjectId), this.processId)
    const touched = [...rates.lots.values()].filter(
      lot => owes(lot) || LIMIT_KINDS.some(kind => isDue(lot, kind, now, keep)),
    )
    const say = (lot: Lot, now: number) => {
      const kept = (part: Part, kind: LimitKind) => keep(part, kind, lot)
      return owes(lot) ? lot.cede(now, kept) : lot.report(now, kept)
    }
    for (let at = 0; at < touched.length; at += MOST_LOTS)
      await this.inTurn(() => this.exchange(touched.slice(at, at + MOST_LOTS), say))
    for (const [id, lot] of rates.lots)
      if (lot.isBare && lot.isIdle(now) && now - lot.usedAt > FORGET_MS) rates.lots.delete(id)
  }
}

/** Nothing is given back, and what is lacking is asked for. */
const asItIs = (lot: Lot, now: number): Report => lot.report(now)
