import { LIMIT_KINDS, type LimitKind } from '../../db/limits'
import { readRecall } from '../../db/recall'
import type { SharedLimits } from '../../db/shared-limits'
import type { Clock } from '../../lib/clock'
import type { Log } from '../../lib/log'
import { Ceding, type Needs } from './ceding'
import { askedOf, FORGET_MS, hopefulOf, isDue } from './due'
import { keepOf } from './keep'
import type { Lot } from './lot'
import type { Part } from './part'
import type { Rates } from './rates'
import { Searches } from './searches'
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
  pause(ms: number): Promise<void>
}

/** Less than a lease lasts in the store, so that it is over here before it is over there. */
const TRUSTED_MS = 8_000
const RENEW_MS = 2_500
const ROUND_MS = 500
/** A request waits no longer for a share. */
const PATIENCE_MS = 1_000
/** More wait for shares at a time only to be refused. */
const MOST_WAITING = 2_000
/** Each finds something, or ends. */
const MOST_TRIES = 20
const PRUNE_MS = 3_600_000
const MOST_LOTS = 500

/**
 * Shares limits with the other processes of the database: this one tells what it lacks, is given a part, and gives what
 * others lack. A request for which there is a share never waits; one without waits for a search, together with all that
 * wait for the same. What is held ends with a lease; a process that cannot reach the store lets its even part of each limit through.
 */
export class Sharing {
  private processId: string
  private renewedAt = Number.NEGATIVE_INFINITY
  private prunedAt: number
  /** Live processes, this one included. */
  private processes = 1
  /** The store failed: nobody waits for it until it has answered again. */
  private isAway = false
  private answeredAt = Number.NEGATIVE_INFINITY
  private waiting = 0
  private readonly searches: Searches
  /** Lots of which something is lacking, and whether the others are to be asked for it. */
  private readonly asking = new Map<Lot, boolean>()
  private readonly ceding: Ceding
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
    this.searches = new Searches({
      clock: deps.clock,
      pause: deps.pause,
      exchange: (lot, asks) => this.exchangeSoon(lot, asks),
      isOver: () => this.isAway || this.isStopped,
    })
    this.ceding = new Ceding({
      pause: deps.pause,
      cede: needs => this.inTurn(() => this.cede(needs)).catch(() => this.fail()),
    })
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

  /** Hears from another process what it lacks: of that what is not used here is given. Never throws. */
  recalled(text: string): void {
    const recall = readRecall(text)
    const lot = recall && this.deps.rates.lots.get(recall.subjectId)
    if (lot && recall.processId !== this.processId && !this.isStopped) this.ceding.add(lot, recall.needs)
  }

  /** Asks for what is lacking, where there may be any; the promise settles when it is known, or has taken too long. */
  private ask(lacking: () => readonly Lot[]): Promise<void> | undefined {
    const now = this.deps.clock.now()
    const lots = lacking()
    if (this.isAway || this.isStopped) {
      for (const lot of lots) lot.guess(this.processes, now, true)
      return undefined
    }
    if (hopefulOf(lots, now).length === 0 || this.waiting >= MOST_WAITING) return undefined
    return this.wait(lacking)
  }

  /** Searches until nothing is lacking, or nothing more is to be had. Of a store that says nothing meanwhile the even part is guessed. */
  private async wait(lacking: () => readonly Lot[]): Promise<void> {
    const { clock } = this.deps
    this.waiting++
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<'late'>(resolve => {
      timer = setTimeout(resolve, PATIENCE_MS, 'late')
    })
    let said: 'late' | 'known' = 'known'
    for (let tries = 0; tries < MOST_TRIES && said === 'known'; tries++) {
      const lots = hopefulOf(lacking(), clock.now())
      if (lots.length === 0 || this.isAway || this.isStopped) break
      const found = Promise.all(lots.map(lot => this.searches.of(lot)))
      said = await Promise.race([found.then(() => 'known' as const), late])
    }
    clearTimeout(timer)
    this.waiting--
    const isSilent = said === 'late' && clock.now() - this.answeredAt >= PATIENCE_MS
    if (isSilent || this.isAway) for (const lot of lacking()) lot.guess(this.processes, clock.now(), true)
  }

  private exchangeSoon(lot: Lot, asks: boolean): Promise<void> {
    this.asking.set(lot, asks || (this.asking.get(lot) ?? false))
    return this.inTurn(() => this.serveAsking())
  }

  private inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.running.then(work)
    this.running = done.catch(() => {})
    return done
  }

  /** Whoever asked since the last exchange goes along with this one. */
  private async serveAsking(): Promise<void> {
    const asking = new Map([...this.asking].slice(0, MOST_LOTS))
    if (asking.size === 0) return
    for (const lot of asking.keys()) this.asking.delete(lot)
    try {
      if (!this.isTrusted()) await this.renew()
      await this.exchange([...asking.keys()], (lot, now) => lot.ask(now, asking.get(lot) ?? false))
      this.isAway = false
    } catch {
      this.fail()
    }
  }

  private async cede(needs: ReadonlyMap<Lot, Needs>): Promise<void> {
    if (this.isStopped || this.isAway || !this.isTrusted()) return
    await this.exchange([...needs.keys()], (lot, now) => lot.cede(needs.get(lot) ?? {}, now))
  }

  private async exchange(lots: readonly Lot[], say: (lot: Lot, now: number) => Report): Promise<void> {
    const { clock, store } = this.deps
    const now = clock.now()
    const reports = new Map(lots.map(lot => [lot, say(lot, now)] as const))
    const id = this.processId
    const given = await store.exchange(id, reports).catch(error => {
      for (const lot of lots) lot.isUntold = true
      throw error
    })
    this.answeredAt = clock.now()
    if (!given) return this.lapse(true)
    // What was given to a lease that is over by now may be somebody else's.
    if (id !== this.processId || !this.isTrusted()) return
    for (const [lot, report] of reports) {
      const got = given.get(lot)
      if (got) lot.receive(report, got, clock.now())
      else lot.takeBack(report, clock.now())
    }
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
    const asked = (lot: Lot) => askedOf(short.get(lot.subjectId), this.processId)
    const touched = [...rates.lots.values()].filter(
      lot => asked(lot) !== undefined || LIMIT_KINDS.some(kind => isDue(lot, kind, now, keep)),
    )
    const say = (lot: Lot, now: number) =>
      lot.cede(asked(lot) ?? {}, now, (part, kind) => keep(part, kind, lot))
    for (let at = 0; at < touched.length; at += MOST_LOTS)
      await this.inTurn(() => this.exchange(touched.slice(at, at + MOST_LOTS), say))
    for (const [id, lot] of rates.lots)
      if (lot.isBare && lot.isIdle(now) && now - lot.usedAt > FORGET_MS) rates.lots.delete(id)
  }
}
