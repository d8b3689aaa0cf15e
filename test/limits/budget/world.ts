import type { Budget } from '../../../src/db/budget'
import type { Dealt, Turn } from '../../../src/db/budget-turn'
import { chargesOf } from '../../../src/db/lease-charges'
import { GatewayError } from '../../../src/errors'
import { newId } from '../../../src/lib/id'
import type { Budgets } from '../../../src/limits/budget/budgets'
import type { BudgetHold } from '../../../src/limits/budget/hold'
import { Authority, type BookedLine, purseAt } from './authority'
import { budgetsOn } from './budgets-on'

export const TENANT = 'tenant'
export const KEY = 'key'
/** Far more than any story here has reason for. */
const MOST_REPLIES = 5_000

interface Running {
  hold: BudgetHold
  createdAt: number
  dispatched: BookedLine
}

/** One process of the world, as far as budgets go. */
export interface Process {
  name: string
  budgets: Budgets
  isAlive: boolean
  waiting: number
  /** What it held is booked as spent, and what it left on its disk is a part of that. */
  isDebited: boolean
  running: Running[]
  /** On its disk: what ended and is not shipped. */
  spool: BookedLine[]
  /** Questions that wait for the database: each is answered, lost on its way there, or lost on its way back. */
  questions: { answer: () => void; lose: () => void; loseAnswer: () => void }[]
  timers: { at: number; run: () => void }[]
}

export interface WorldOptions {
  processes: number
  keyBudget: Budget | null
  tenantBudget: Budget | null
  /** By what a cost may exceed its reservation; nothing unless vendors overrun. */
  date?: number
}

/** Some processes, one authority, and time, all moved by hand. */
export class World {
  readonly authority = new Authority()
  readonly processes: Process[] = []
  now = 0
  date: number
  admitted = 0
  private replies = 0
  refused: string[] = []
  private readonly options: WorldOptions

  constructor(options: WorldOptions) {
    this.options = options
    this.date = options.date ?? Date.UTC(2026, 10, 30, 23, 59)
    this.setBudget(KEY, options.keyBudget)
    this.setBudget(TENANT, options.tenantBudget)
    this.authority.onRecall = scopeId => {
      for (const { budgets, isAlive } of this.processes) if (isAlive) budgets.recalled(scopeId)
    }
    for (let index = 0; index < options.processes; index++) this.start()
  }

  setBudget(scopeId: string, budget: Budget | null): void {
    if (budget) this.authority.budgets.set(scopeId, budget)
    else this.authority.budgets.delete(scopeId)
  }

  start(): Process {
    const name = newId()
    const process: Process = {
      name,
      isAlive: true,
      waiting: 0,
      isDebited: false,
      running: [],
      spool: [],
      questions: [],
      timers: [],
      budgets: budgetsOn({
        clock: { now: () => this.now, date: () => this.date },
        ...(this.options.tenantBudget && { tenants: { [TENANT]: this.options.tenantBudget } }),
        takeTurns: turns => this.ask(process, turns),
        returnLeases: async keeps => this.authority.returnLeases(name, keeps),
        later: (run, delayMs) => void process.timers.push({ at: this.now + delayMs, run }),
      }),
    }
    this.processes.push(process)
    return process
  }

  /** A request that may cost so much comes to a process. */
  request(process: Process, mostPicoUsd: bigint, leastPicoUsd = mostPicoUsd): void {
    const createdAt = this.date
    const ask = {
      mostPicoUsd,
      leastPicoUsd,
      fit: (room: bigint) => (room < mostPicoUsd ? room : mostPicoUsd),
    }
    const who = { keyId: KEY, tenantId: TENANT, budget: this.options.keyBudget }
    const begun = (hold: BudgetHold | undefined) => {
      if (!hold || !process.isAlive) return
      this.admitted++
      const dispatched = this.line(createdAt, 0n, hold)
      process.running.push({ hold, createdAt, dispatched })
    }
    try {
      const hold = process.budgets.reserve(who, createdAt, ask)
      if (!(hold instanceof Promise)) {
        begun(hold)
        return
      }
      process.waiting++
      hold.then(begun, (error: unknown) => this.refuse(error, process)).finally(() => process.waiting--)
    } catch (error) {
      this.refuse(error, process)
    }
  }

  /** The oldest request of a process ends, having cost that share (in percent) of what it reserved. */
  end(process: Process, percent: bigint): void {
    const running = process.running.shift()
    if (!running) return
    const cost = (running.hold.picoUsd * percent) / 100n
    running.hold.settle(cost)
    process.spool.push({ ...running.dispatched, costPicoUsd: cost })
  }

  /** A process's records are stored; it hears of that, or does not. */
  ship(process: Process, hears: boolean): void {
    this.authority.book(process.spool)
    if (!hears) return
    process.budgets.booked(chargesOf(process.spool))
    process.spool = []
  }

  /** A process dies: its memory is gone, its disk is not. What ran is on the disk as a dispatch. */
  crash(process: Process): void {
    process.isAlive = false
    process.waiting = 0
    process.questions = []
    process.timers = []
    process.spool.push(
      ...process.running.map(({ hold, dispatched }) => ({ ...dispatched, costPicoUsd: hold.picoUsd / 2n })),
    )
    process.running = []
  }

  /** Somebody settles what a dead process left. */
  adopt(process: Process): void {
    if (process.isAlive) return
    this.authority.book(process.spool)
    process.spool = []
    this.authority.returnLeases(process.name)
  }

  /** A dead process was silent for too long. */
  debit(process: Process): void {
    if (process.isAlive) return
    process.isDebited = true
    this.authority.debit(process.name)
  }

  /** The next question of a process is answered, or lost. */
  async reply(process: Process, how: 'answer' | 'lose' | 'loseAnswer'): Promise<void> {
    if (++this.replies > MOST_REPLIES) throw new Error('they ask and ask')
    process.questions.shift()?.[how]()
    await turnOfTheLoop()
  }

  async advance(ms: number): Promise<void> {
    this.now += ms
    for (const process of this.processes.filter(({ isAlive }) => isAlive)) {
      process.budgets.tick(this.now)
      const due = process.timers.filter(({ at }) => at <= this.now)
      process.timers = process.timers.filter(({ at }) => at > this.now)
      for (const { run } of due) run()
    }
    await turnOfTheLoop()
  }

  /** Everything that is under way comes to its end, and everybody hears of it. */
  async rest(): Promise<void> {
    for (const process of this.processes) {
      while (process.running.length > 0) this.end(process, 30n)
      if (process.isAlive) this.ship(process, true)
      else this.adopt(process)
    }
    for (let step = 0; step < 40; step++) {
      await this.advance(100)
      for (const process of this.processes) {
        while (process.questions.length > 0) await this.reply(process, 'answer')
        if (!process.isAlive) continue
        while (process.running.length > 0) this.end(process, 30n)
        this.ship(process, true)
      }
    }
  }

  /** Requests that wait for the database's word. */
  get waiting(): number {
    return this.processes.reduce((sum, { isAlive, waiting }) => sum + (isAlive ? waiting : 0), 0)
  }

  purse(scopeId: string) {
    const budget = scopeId === KEY ? this.options.keyBudget : this.options.tenantBudget
    return purseAt(TENANT, scopeId, budget?.period ?? 'total', this.date)
  }

  /** What requests in flight hold and what those cost that nobody has booked, by the tests' own count. */
  outstanding(): bigint {
    let sum = 0n
    for (const { running, spool, isDebited } of this.processes) {
      if (isDebited) continue
      for (const { hold } of running) sum += hold.picoUsd
      for (const { requestId, costPicoUsd } of spool)
        if (!this.authority.ledger.has(requestId)) sum += costPicoUsd
    }
    return sum
  }

  private line(createdAt: number, costPicoUsd: bigint, hold: BudgetHold): BookedLine {
    return {
      requestId: newId(),
      keyId: KEY,
      tenantId: TENANT,
      createdAt,
      costPicoUsd,
      leases: hold.leases,
    }
  }

  private refuse(error: unknown, process: Process): void {
    if (process.isAlive) this.refused.push(error instanceof GatewayError ? String(error.code) : 'a bug')
    if (!(error instanceof GatewayError)) throw error
  }

  private ask(process: Process, turns: readonly Turn[]): Promise<Dealt[]> {
    return new Promise((resolve, reject) => {
      const lost = () => reject(new Error('the database did not answer'))
      const deal = () => this.authority.takeTurns(process.name, turns)
      process.questions.push({
        answer: () => resolve(deal()),
        lose: lost,
        loseAnswer: () => {
          deal()
          lost()
        },
      })
    })
  }
}

/** Promises that can go on have gone on. */
export async function turnOfTheLoop(): Promise<void> {
  await new Promise(resolve => setImmediate(resolve))
}
