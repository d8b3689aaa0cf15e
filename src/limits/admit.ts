import type { Admission, Entry } from '../admission'
import type { Budgeted } from './budget/budgeted'
import { extend } from './budget/extend'
import type { Ask, BudgetHold } from './budget/hold'
import type { Limits } from './enter'

/** For a request that no budget counts: nothing was set aside, so nothing has to be put right. */
const FREE = admission(undefined, () => true)

/**
 * Lets a request that has entered go to a vendor, once it is known what is asked of whom, and how much that may cost
 * (`asking` is called only where a budget counts it). A promise only where the database must be asked first. Throws or
 * rejects with `insufficient_quota` or `budget_unavailable`. Its end must `settle` what was set aside.
 */
export function admit(
  _entry: Entry,
  who: Budgeted,
  date: number,
  asking: () => Ask,
  limits: Limits,
): Admission | Promise<Admission> {
  const hold = limits.budgets.reserve(who, date, asking)
  if (hold === undefined) return FREE
  const held = (reserved: BudgetHold) =>
    admission(reserved, mostPicoUsd => extend(limits.budgets, reserved, who, date, mostPicoUsd()))
  return hold instanceof Promise ? hold.then(held) : held(hold)
}

function admission(reserved: BudgetHold | undefined, setAside: Admission['setAside']): Admission {
  const made = { reserved, setAside, settle: (costPicoUsd: bigint) => reserved?.settle(costPicoUsd) }
  return made as Pick<Admission, keyof typeof made> as Admission
}
