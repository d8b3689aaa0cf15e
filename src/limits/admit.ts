import type { Admission, Entry } from '../admission'

/** For a key that no limit counts: nothing was set aside, so nothing has to be put right. */
const FREE = { settle() {} } as unknown as Admission

/**
 * Lets a request that has entered go to a vendor, once it is known what is asked of whom. Its end must `settle` what
 * was set aside.
 */
export function admit(_entry: Entry): Admission {
  return FREE
}
