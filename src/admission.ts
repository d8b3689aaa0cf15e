declare const permitted: unique symbol
declare const entered: unique symbol
declare const admitted: unique symbol

/** Proof that a key may use a route; `auth/permit.ts` alone makes one, and no request is admitted without it. */
export interface Permission {
  readonly [permitted]: true
  readonly scope: string
}

/** What a request holds of requests, tokens and places that are limited. */
export interface Hold {
  /**
   * Sets tokens aside: what the prompt is guessed at, and what the answer may have. Throws `rate_limit_exceeded`; the
   * promise, where there is one, rejects with it.
   */
  reserve(promptTokens: number, answerTokens: number): void | Promise<void>
  /** Puts the tokens right by what was used. */
  correct(usedTokens: number): void
  /** Says in OpenAI's headers how far the limits are used. */
  writeHeaders(headers: Headers): void
}

/**
 * Proof that a request may be read; `limits/enter.ts` alone makes one, before its body arrives. What it holds (a place
 * among those in flight) goes back with `release`; a second one does nothing.
 */
export interface Entry {
  readonly [entered]: true
  /** What it holds of the limits of its key and tenant; undefined where nothing is limited. */
  readonly hold: Hold | undefined
  release(): void
}

/** Money that was set aside for a request. */
export interface Reserved {
  /** The most that it may cost. */
  readonly picoUsd: bigint
  /** Where it was set aside: what its record must name. */
  readonly leases: { key?: string; tenant?: string }
}

/**
 * Proof that a request passed every limit; `limits/admit.ts` alone makes one, and no vendor can be called without it.
 * What was set aside for the request is put right with `settle`; a second one does nothing.
 */
export interface Admission {
  readonly [admitted]: true
  /** Undefined where no budget counts the request. */
  readonly reserved: Reserved | undefined
  /**
   * Sets aside besides what a failed attempt may be billed for; false where there is not so much. `mostPicoUsd` is called
   * only where a budget counts it.
   */
  setAside(mostPicoUsd: () => bigint): boolean | Promise<boolean>
  /** By what the request cost in the end; nothing if it reached no vendor. */
  settle(costPicoUsd: bigint): void
}
