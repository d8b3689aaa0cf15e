import type { Comparison } from './scenario.ts'
import { paired, type Spread, spread } from './statistics.ts'

/** `close`: the median is on the good side of the bar, or on the bad one, but the quartiles lie on both. */
export type Verdict = 'met' | 'met, close' | 'missed, close' | 'missed' | 'unmeasured'

/** Judges a compared value by its bar. */
export function judge(value: Spread, bar: number): Verdict {
  if (!Number.isFinite(value.median)) return 'unmeasured'
  if (value.median <= bar) return value.high <= bar ? 'met' : 'met, close'
  return value.low > bar ? 'missed' : 'missed, close'
}

/** A target's rounds as they are compared: to nginx's rounds, to the direct call's, or to nothing. */
export function compared(
  compare: Comparison,
  own: readonly number[],
  nginx: readonly number[],
  direct: readonly number[],
): Spread {
  if (compare === 'ratio') return spread(paired(own, nginx, (left, right) => left / right))
  if (compare === 'added') return spread(paired(own, direct, (left, right) => left - right))
  return spread(own)
}
