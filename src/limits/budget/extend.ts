import type { Budgeted } from './budgeted'
import type { Budgets } from './budgets'
import type { BudgetHold } from './hold'

/**
 * Reserves so much more for a request that holds something already. False where there is not so much, or the budgets
 * cannot be asked; then it holds what it held before.
 */
export async function extend(
  budgets: Pick<Budgets, 'reserve'>,
  hold: BudgetHold,
  who: Budgeted,
  date: number,
  picoUsd: bigint,
): Promise<boolean> {
  const ask = { mostPicoUsd: picoUsd, leastPicoUsd: picoUsd, fit: () => picoUsd }
  try {
    const more = await budgets.reserve(who, date, ask)
    // What no budget counts any more needs no place in one.
    return more === undefined || hold.join(more)
  } catch {
    return false
  }
}
