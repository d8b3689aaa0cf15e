import type { Admission, Entry } from '../admission'
import type { Budgeted } from './budget/budgeted'
import type { Ask } from './budget/hold'
import type { Limits } from './enter'

/** For a request that no budget counts: nothing was set aside, so nothing has to be put right. */
const FREE = made({ reserved: undefined, setAside: () => true, settle() {} })

/**
 * Lets a request that has entered go to a vendor, once it is known what is asked of whom, and how much that may cost
 * (`ask` may be undefined only where no budget counts it). A promise only where the database must be asked first. Throws or
 * rejects with `insufficient_quota` or `budget_unavailable`. Its end must `settle` what was set aside.
 */
export function admit(
  _entry: Entry,
  who: Budgeted,
  date: number,
  ask: Ask | undefined,
  { budgets }: Limits,
): Admission | Promise<Admission> {
  const hold = budgets.reserve(who, date, ask)
  if (hold === undefined) return FREE
  return hold instanceof Promise ? hold.then(made) : made(hold)
}

type Made = Pick<Admission, 'reserved' | 'setAside' | 'settle'>

function made(admission: Made): Admission {
  return admission as Made & Admission
}
