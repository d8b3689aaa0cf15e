declare const permitted: unique symbol
declare const entered: unique symbol
declare const admitted: unique symbol

/** Proof that a key may use a route; `auth/permit.ts` alone makes one, and no request is admitted without it. */
export interface Permission {
  readonly [permitted]: true
  readonly scope: string
}

/**
 * Proof that a request may be read; `limits/enter.ts` alone makes one, before its body arrives. What it holds (a place
 * among those in flight) goes back with `release`; a second one does nothing.
 */
export interface Entry {
  readonly [entered]: true
  release(): void
}

/** What a request used in the end. One that reached no vendor used nothing. */
export interface Used {
  tokens: number
  costPicoUsd: bigint
}

/**
 * Proof that a request passed every limit; `limits/admit.ts` alone makes one, and no vendor can be called without it.
 * What was set aside for the request is put right with `settle`; a second one does nothing.
 */
export interface Admission {
  readonly [admitted]: true
  settle(used: Used): void
}
