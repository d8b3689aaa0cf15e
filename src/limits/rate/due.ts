import { LIMIT_KINDS, type LimitKind } from '../../db/limits'
import type { SharedLimits } from '../../db/shared-limits'
import type { Lot } from './lot'
import type { Part } from './part'

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
    (part.lack.isKnown && now - part.lack.knownAt > FORGET_MS) ||
    keep(part, kind, lot) < part.share
  )
}

/** Those that lack something of which the store may give some. */
export function hopefulOf(lots: readonly Lot[], now: number): readonly Lot[] {
  return lots.filter(lot => LIMIT_KINDS.some(kind => isHopeful(lot, kind, now)))
}

function isHopeful(lot: Lot, kind: LimitKind, now: number): boolean {
  const part = lot.part(kind)
  const need = lot.lacks(kind, now)
  if (!part || need === 0) return false
  return (part.share < part.limit || part.isGuess) && part.lack.isHopeful(need, now)
}

/** What others have asked for since this process last said what it does without, at their most; undefined where it owes no answer. */
export function askedOf(
  shares: SharedLimits | undefined,
  self: string,
): Partial<Record<LimitKind, number>> | undefined {
  let found: Partial<Record<LimitKind, number>> | undefined
  for (const kind of LIMIT_KINDS) {
    const { [self]: own, ...others } = shares?.limits[kind]?.holdings ?? {}
    const { report = 0 } = own ?? {}
    for (const { short } of Object.values(others)) {
      if (!own || (short?.asked ?? 0) <= report) continue
      found ??= {}
      found[kind] = Math.max(found[kind] ?? 0, short?.need ?? 1)
    }
  }
  return found
}
