/** A middle value and how far the rounds lie apart: first and third quartile. */
export interface Spread {
  median: number
  low: number
  high: number
}

/** The value below which the share `q` (0…1) of a sorted list lies, interpolated; NaN for an empty list. */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN
  const position = (sorted.length - 1) * q
  const below = Math.floor(position)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (high - low) * (position - below)
}

/** Median and quartiles of one figure over all rounds; rounds without a value (NaN) are left out. */
export function spread(rounds: readonly number[]): Spread {
  const sorted = rounds.filter(Number.isFinite).sort((a, b) => a - b)
  return { median: quantile(sorted, 0.5), low: quantile(sorted, 0.25), high: quantile(sorted, 0.75) }
}

/** Combines two series round by round, so that what disturbed both in one round cancels out. */
export function paired(
  left: readonly number[],
  right: readonly number[],
  combine: (left: number, right: number) => number,
): number[] {
  return left.map((value, round) => combine(value, right[round] ?? Number.NaN))
}
