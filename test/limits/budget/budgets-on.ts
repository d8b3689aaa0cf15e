import type { Budget } from '../../../src/db/budget'
import type { Dealt, Turn } from '../../../src/db/budget-turn'
import { type Clock, systemClock } from '../../../src/lib/clock'
import { newId } from '../../../src/lib/id'
import { type Log, silentLog } from '../../../src/lib/log'
import { Budgets } from '../../../src/limits/budget/budgets'
import { TenantAllowances } from '../../../src/limits/tenant-allowances'

export interface BudgetsOptions {
  takeTurns?: (turns: readonly Turn[]) => Promise<Dealt[]>
  returnLeases?: (keeps: readonly string[]) => Promise<void>
  tenants?: Record<string, Budget>
  clock?: Clock
  log?: Log
  later?: (run: () => void, delayMs: number) => void
}

/** The budgets of a process; without a database nothing can be asked, as while it is away. */
export function budgetsOn(options: BudgetsOptions = {}): Budgets {
  const tenants = new TenantAllowances()
  for (const [tenantId, budget] of Object.entries(options.tenants ?? {}))
    tenants.put({ tenantId, limits: null, budget, version: 1 })
  return new Budgets({
    clock: options.clock ?? systemClock,
    log: options.log ?? silentLog,
    newId,
    tenants,
    takeTurns: options.takeTurns ?? (() => Promise.reject(new Error('there is no database'))),
    returnLeases: options.returnLeases ?? (async () => {}),
    later: options.later ?? ((run, delayMs) => void setTimeout(run, delayMs)),
  })
}
