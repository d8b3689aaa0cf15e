/** Counts that no vendor can mean: beyond this they are an error, not a bill. */
const MOST = 1_000_000_000

/** Whether this is a number of tokens that a vendor can mean: neither negative nor fractional nor absurd. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MOST
}

/** Whether all of these are. */
export function areCounts<Name extends string>(
  counts: Record<Name, unknown>,
): counts is Record<Name, number> {
  return Object.values(counts).every(isCount)
}
