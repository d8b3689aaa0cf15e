import type { Budget } from '../../db/budget'
import type { Dealt, Turn } from '../../db/budget-turn'
import type { LeaseCharges } from '../../db/lease-charges'
import type { Ticking } from '../../lib/ticker'
import type { Budgeted } from './budgeted'
import type { BudgetsDeps } from './deps'
import { type Ask, BudgetHold, type Dealer } from './hold'
import type { Lease } from './lease'
import { Leases, NONE } from './leases'
import { firstAnswer, Line } from './line'
import { budgetUnavailable } from './refusal'
import { Rounds } from './rounds'

const MOST_TURNS = 200
const MOST_WAITING = 20_000
const LONGEST_WAIT_MS = 2_500
/** A statement that takes longer than this is waited for by nobody. */
const SLOW_MS = 1_000
const AWAY_MS = 250
const SWEEP_MS = 5_000

/**
 * The budgets of this process's requests. A request is reserved in memory where a lease has room; where not, it waits for
 * one statement that serves all who wait. Reservations are given up by what requests cost, and that by its booking.
 */
export class Budgets implements Ticking, Dealer {
  /** Hears of a key or tenant that has spent more than its changed budget allows. */
  onSpent: (scopeId: string) => void = () => {}
  /** Hears of a key or tenant that was changed, and of whose budget this process holds nothing. */
  onUnheld: (scopeId: string) => void = () => {}
  private readonly leases: Leases
  private readonly line = new Line()
  /** Leases that may have something to say. */
  private readonly touched = new Set<Lease>()
  private readonly rounds: Rounds
  private isStopped = false
  /** Since when the database owes an answer. */
  private askedAt: number | undefined
  private awayUntil = Number.NEGATIVE_INFINITY
  private sweptAt = Number.NEGATIVE_INFINITY
  private readonly deps: BudgetsDeps

  constructor(deps: BudgetsDeps) {
    this.deps = deps
    this.leases = new Leases(deps)
    this.rounds = new Rounds({ later: deps.later, run: () => this.round() })
  }

  /** Leases in memory. */
  get size(): number {
    return this.leases.size
  }

  /** Requests that wait for the database's word. */
  get waiting(): number {
    return this.line.length
  }

  /** Whether any budget counts what it does. */
  counts({ tenantId, budget }: Budgeted): boolean {
    return budget !== null || (this.deps.tenants.get(tenantId)?.budget ?? null) !== null
  }

  /**
   * Reserves what a request of this moment may cost with its key and its tenant. Undefined where no budget counts it (there
   * alone `ask` may be left out); a promise only where the database must be asked first. Throws or rejects with
   * `insufficient_quota` or `budget_unavailable`.
   */
  reserve(who: Budgeted, date: number, ask: Ask | undefined): BudgetHold | undefined | Promise<BudgetHold> {
    const tenantBudget = this.deps.tenants.get(who.tenantId)?.budget ?? null
    if (who.budget === null && tenantBudget === null) return undefined
    if (!ask) throw new Error('reserve: a budget counts what nobody knows the cost of')
    return this.deal(this.leasesOf(who, tenantBudget, date), ask)
  }

  more(leases: readonly Lease[], picoUsd: bigint): BudgetHold | Promise<BudgetHold> {
    return this.deal(leases, { mostPicoUsd: picoUsd, leastPicoUsd: picoUsd, fit: () => picoUsd })
  }

  /** Records were stored: what they cost is booked. */
  booked(charges: Readonly<LeaseCharges>): void {
    for (const [leaseId, picoUsd] of charges) {
      const lease = this.leases.byId(leaseId)
      if (!lease) continue
      lease.booked(picoUsd)
      this.touched.add(lease)
    }
  }

  /** A key or tenant was changed: what is left of its budget is asked for before anything more is reserved. */
  changed(scopeId: string): void {
    if (this.leases.of(scopeId).length === 0) this.onUnheld(scopeId)
    else this.doubt(scopeId)
  }

  /** Anything may have been changed. */
  changedAll(): void {
    for (const lease of this.leases.all()) this.doubt(lease.purse.scopeId)
  }

  /** Some process lacks what this one may not need. */
  recalled(scopeId: string): void {
    const now = this.deps.clock.now()
    for (const lease of this.leases.of(scopeId)) {
      lease.recalled(now)
      this.touched.add(lease)
    }
    if (this.touched.size > 0) this.rounds.wake()
  }

  /** Asks how much is left for requests that are under way, as after a change: `onSpent` hears if it is nothing. */
  look(who: Budgeted, date: number): void {
    const tenant = this.deps.tenants.get(who.tenantId)
    for (const { purse } of this.leasesOf(who, tenant?.budget ?? null, date)) this.doubt(purse.scopeId)
  }

  /** Asks nothing more; resolves once nothing is under way. What waits is refused. */
  async stop(): Promise<void> {
    this.isStopped = true
    this.line.refuseAll(budgetUnavailable)
    await this.rounds.over
  }

  tick(now: number): void {
    this.line.refuseLate(now, this.isSlow(now) ? SLOW_MS : LONGEST_WAIT_MS, budgetUnavailable)
    if (now - this.sweptAt >= SWEEP_MS) this.sweep(now)
    if (this.touched.size > 0 || this.line.length > 0) this.rounds.wake()
  }

  private doubt(scopeId: string): void {
    for (const lease of this.leases.of(scopeId)) {
      lease.changed()
      this.touched.add(lease)
    }
    this.rounds.wake()
  }

  private leasesOf(
    { keyId, tenantId, budget }: Budgeted,
    tenantBudget: Budget | null,
    date: number,
  ): readonly Lease[] {
    const own = budget && this.leases.at(tenantId, keyId, budget, date)
    const all = tenantBudget && this.leases.at(tenantId, tenantId, tenantBudget, date)
    return own && all ? [own, all] : ((own ?? all)?.alone ?? NONE)
  }

  private deal(leases: readonly Lease[], ask: Ask): BudgetHold | Promise<BudgetHold> {
    const picoUsd = ask.mostPicoUsd
    return this.line.passes(leases, picoUsd) ? this.hold(leases, picoUsd) : this.wait(leases, ask)
  }

  private hold(leases: readonly Lease[], picoUsd: bigint): BudgetHold {
    for (const lease of leases) {
      if (!lease.reserve(picoUsd)) throw new Error('hold: there is no room')
      this.touched.add(lease)
      if (lease.isLow) this.rounds.wake()
    }
    return new BudgetHold(leases, picoUsd, this)
  }

  /** What a request held is put right. Its leases are touched ones: what is busy stays among them. */
  settled(leases: readonly Lease[]): void {
    for (const lease of leases) if (lease.isExact || this.line.length > 0) this.rounds.wakeSoon()
  }

  private wait(leases: readonly Lease[], ask: Ask): Promise<BudgetHold> {
    const now = this.deps.clock.now()
    const isVain = now < this.awayUntil || this.isSlow(now) || this.line.length >= MOST_WAITING
    if (isVain) return Promise.reject(budgetUnavailable())
    return new Promise((resolve, reject) => {
      this.line.join({
        leases,
        ask,
        answered: leases.map(firstAnswer),
        since: now,
        admit: (counting, picoUsd) => resolve(this.hold(counting, picoUsd)),
        refuse: reject,
      })
      this.rounds.wake()
    })
  }

  /** One statement at a time: who comes meanwhile is served by the next one. */
  private async round(): Promise<void> {
    if (this.isStopped) return
    try {
      for (let turns = this.turns(); turns.length > 0; turns = this.line.hasNews ? this.turns() : []) {
        this.askedAt = this.deps.clock.now()
        this.answered(await this.deps.takeTurns(turns))
        this.serve()
      }
    } catch (error) {
      this.failed(error)
    }
    this.askedAt = undefined
    if (this.line.length > 0) this.rounds.wakeSoon()
  }

  private isSlow(now: number): boolean {
    return this.askedAt !== undefined && now - this.askedAt > SLOW_MS
  }

  private turns(): Turn[] {
    this.serve()
    const [now, date] = [this.deps.clock.now(), this.deps.clock.date()]
    const needs = this.line.needs()
    const turns: Turn[] = []
    for (const lease of new Set([...needs.keys(), ...this.touched])) {
      if (turns.length >= MOST_TURNS) break
      const turn = lease.next(now, date, needs.get(lease))
      if (turn) turns.push(turn)
      else if (!lease.isUntold) this.touched.delete(lease)
    }
    return turns
  }

  private answered(dealt: readonly Dealt[]): void {
    for (const found of dealt) {
      const lease = this.leases.byId(found.leaseId)
      if (!lease) continue
      const wasChanged = lease.answer(found)
      if (lease.isClosed) this.forget(lease)
      const { limitPicoUsd, spentPicoUsd } = lease
      if (wasChanged && typeof limitPicoUsd === 'bigint' && spentPicoUsd >= limitPicoUsd)
        this.onSpent(lease.purse.scopeId)
    }
  }

  private serve(): void {
    const now = this.deps.clock.now()
    this.line.serve(now, lease => this.leases.renew(lease))
  }

  private failed(error: unknown): void {
    this.awayUntil = this.deps.clock.now() + AWAY_MS
    if (this.line.length > 0)
      this.deps.log.warn('budgets cannot be checked', {
        waiting: this.line.length,
        cause: error instanceof Error ? error.name : 'unknown',
      })
    this.line.refuseAll(() => budgetUnavailable(error))
  }

  /** Looks after the leases that nobody uses: they are renewed, given back, closed, and those that were lost settled. */
  private sweep(now: number): void {
    this.sweptAt = now
    let isSettled = false
    for (const lease of this.leases.all()) {
      lease.decay()
      if (lease.isForgettable(now) && !this.line.isAt(lease)) this.forget(lease)
      else if (!lease.isLost) this.touched.add(lease)
      else if (!lease.isBusy) {
        this.forget(lease)
        isSettled = true
      }
    }
    if (isSettled) this.returnLost()
  }

  private returnLost(): void {
    const waits = 'a lost slice of a budget is not settled yet: it is at the end of this process'
    const keeps = [...this.leases.all()].map(({ id }) => id)
    this.deps.returnLeases(keeps).catch(() => this.deps.log.warn(waits))
  }

  private forget(lease: Lease): void {
    this.leases.delete(lease)
    this.touched.delete(lease)
  }
}
