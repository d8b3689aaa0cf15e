import { createHash } from 'node:crypto'

/** The ids that a vendor takes, and what is made of any other: `prefix`, and `length` hexadecimal digits, 64 at most. */
export interface ToolIdRule {
  allowed: RegExp
  prefix: string
  length: number
}

/**
 * A tool-call id that fits a vendor's rule: the caller's own where it does, else the same other one for the same id, so
 * that a call and its result still name each other, whichever vendor the id came from.
 */
export function fittingToolId(id: string, { allowed, prefix, length }: ToolIdRule): string {
  return allowed.test(id) ? id : prefix + createHash('sha256').update(id).digest('hex').slice(0, length)
}
