import type { Dealt, Turn } from '../../db/budget-turn'
import type { Clock } from '../../lib/clock'
import type { Log } from '../../lib/log'
import type { TenantAllowances } from '../tenant-allowances'

export interface BudgetsDeps {
  clock: Clock
  log: Log
  newId: () => string
  tenants: Pick<TenantAllowances, 'get'>
  /** Rejects while the store is away: each turn may then hold or not, and is sent again. */
  takeTurns: (turns: readonly Turn[]) => Promise<Dealt[]>
  /** Settles what this process holds besides these leases: all of it is booked. */
  returnLeases: (keeps: readonly string[]) => Promise<void>
  later: (run: () => void, delayMs: number) => void
}
