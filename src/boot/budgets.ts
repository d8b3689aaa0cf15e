import { debitLost, returnLeases } from '../db/budget-return'
import { LEASE_MS, takeTurns } from '../db/budget-turn'
import type { Clock } from '../lib/clock'
import { isId, newId } from '../lib/id'
import type { Log } from '../lib/log'
import { Budgets } from '../limits/budget/budgets'
import type { TenantAllowances } from '../limits/tenant-allowances'
import { DEFAULT_TIMEOUTS, type Vendor } from '../vendors/vendor'
import type { Memory } from './memory'
import type { Store } from './store'
import type { UsageDeps } from './usage'

export interface BudgetKeepingDeps {
  clock: Clock
  log: Log
  store: Pick<Store, 'database'>
  tenants: TenantAllowances
  /** This process, as its spool's folder is called: who finds that can settle what it held. */
  holder: string
  /**
   * Whose requests may run: a slice is not lost before one attempt, however long, can have ended. A request of several may go
   * on after that: what it reserved is booked with the slice, and taken back once nothing is reserved of it any more.
   */
  vendors: readonly Pick<Vendor, 'timeouts'>[]
  /** How often slices are looked for whose process never came back. */
  lookForLostMs?: number
}

const LOOK_FOR_LOST_MS = 60_000

/** Budgets as this process keeps them and shares them with the others. */
export class BudgetKeeping {
  readonly budgets: Budgets
  /** What changes of any budget, for the store to keep up; the tenants' own must be read before. */
  readonly memory: Memory
  /** How often a slice was asked for, renewed or given back, since the process began. */
  turns = 0
  private lost: ReturnType<typeof setInterval> | undefined
  private readonly deps: BudgetKeepingDeps

  constructor(deps: BudgetKeepingDeps) {
    const { clock, log, store, holder, tenants } = deps
    this.deps = deps
    this.budgets = new Budgets({
      clock,
      log,
      newId,
      tenants,
      takeTurns: turns => {
        this.turns += turns.length
        return takeTurns(store.database, holder, turns)
      },
      returnLeases: keeps => returnLeases(store.database, holder, keeps),
      later: (run, delayMs) => void (delayMs === 0 ? setImmediate(run) : setTimeout(run, delayMs)),
    })
    this.memory = budgetMemory(this.budgets)
  }

  /** Begins to look for slices whose process never came back. */
  start(): void {
    const { vendors, lookForLostMs = LOOK_FOR_LOST_MS } = this.deps
    const seconds = [DEFAULT_TIMEOUTS, ...vendors.map(({ timeouts }) => timeouts)].map(({ total }) => total)
    const silentMs = Math.max(...seconds) * 1000 + LEASE_MS
    this.lost = setInterval(() => void this.debitLost(silentMs), lookForLostMs)
    this.lost.unref()
  }

  /** What the line of usage tells: records that are stored, and processes of which all are. */
  readonly hooks: Pick<UsageDeps, 'onStored' | 'settle'> = {
    onStored: charges => this.budgets.booked(charges),
    settle: async holder => {
      if (isId(holder)) await returnLeases(this.deps.store.database, holder)
    },
  }

  /** Nothing more is asked for. */
  async stop(): Promise<void> {
    clearInterval(this.lost)
    await this.budgets.stop()
  }

  private async debitLost(silentMs: number): Promise<void> {
    const { store, log } = this.deps
    try {
      const debited = await debitLost(store.database, silentMs)
      for (const { holder } of debited)
        log.error('a process never came back: what it held of budgets is booked as spent', { holder })
    } catch {
      log.warn('lost slices of budgets could not be looked for')
    }
  }
}

function budgetMemory(budgets: Budgets): Memory {
  return {
    load: async () => budgets.changedAll(),
    async refresh(_database, { kind, ref }) {
      if (kind === 'budget') budgets.recalled(ref)
      else budgets.changed(ref)
    },
  }
}
