import { createHash } from 'node:crypto'

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/**
 * A tool-call id that fits a vendor's rule: the caller's own where it does, else one of `length` letters and digits that
 * is made of it, so that a call and its result still name each other, whichever vendor the id came from.
 */
export function fittingToolId(id: string, rule: RegExp, length: number): string {
  if (rule.test(id)) return id
  const digest = createHash('sha256').update(id).digest()
  let fitting = ''
  for (let at = 0; at < length; at++) fitting += LETTERS[(digest[at % digest.length] ?? 0) % LETTERS.length]
  return fitting
}
