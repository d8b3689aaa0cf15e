/** Time as the rest of the code sees it, so that a test can move it by hand. */
export interface Clock {
  /** Milliseconds since some start, never backwards: for durations and deadlines. */
  now(): number
  /** Milliseconds since 1970, as the wall has it: for records and expiry. */
  date(): number
}

export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
}
