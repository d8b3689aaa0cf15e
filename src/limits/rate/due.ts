import { LIMIT_KINDS, type LimitKind } from '../../db/limits'
import type { SharedLimits } from '../../db/shared-limits'
import type { Lot } from './lot'
import type { Part } from './part'

/** Where nothing more was to be had it is not asked again for so long. */
const SHORT_MS = 250
/** A lot that is forgotten must not be in the hands of a request that waits for a share of it: that is a second. */
export const FORGET_MS = 2_000

/** Something is to be given, a guess to be replaced, or what was lacking is lacking no more. */
export function isDue(
  lot: Lot,
  kind: LimitKind,
  now: number,
  keep: (part: Part, kind: LimitKind, lot: Lot) => number,
) {
  const part = lot.part(kind)
  if (!part) return false
  return (
    lot.isUntold ||
    part.owes ||
    part.isGuess ||
    (part.isShort && now - part.saidAt > FORGET_MS) ||
    keep(part, kind, lot) < part.share
  )
}

/** Those that lack something of which the store may give some. */
export function hopefulOf(lots: readonly Lot[], now: number): readonly Lot[] {
  return lots.filter(lot => LIMIT_KINDS.some(kind => isHopeful(lot, kind, now)))
}

function isHopeful(lot: Lot, kind: LimitKind, now: number): boolean {
  const part = lot.part(kind)
  if (!part || (lot.needs[kind] ?? 0) === 0) return false
  return (part.share < part.limit || part.isGuess) && now - part.shortAt >= SHORT_MS
}

/** Whether somebody has asked for what this process does not use, and it has said nothing since. */
export function owesAnswer(shares: SharedLimits | undefined, self: string): boolean {
  return Object.values(shares?.limits ?? {}).some(({ holdings: { [self]: own, ...others } }) => {
    if (!own) return false
    const { report = 0 } = own
    return Object.values(others).some(({ short }) => (short?.asked?.report ?? 0) > report)
  })
}
