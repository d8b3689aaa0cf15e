declare const permitted: unique symbol
declare const admitted: unique symbol

/** Proof that a key may use a route; `auth/permit.ts` alone makes one, and no request is admitted without it. */
export interface Permission {
  readonly [permitted]: true
  readonly scope: string
}

/**
 * Proof that a request passed every limit; `limits/admit.ts` alone makes one, and no vendor can be
 * called without it. What it holds (a place, a reservation) goes back with `release`, exactly once.
 */
export interface Admission {
  readonly [admitted]: true
  release(): void
}
