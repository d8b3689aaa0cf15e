/** How much a key or a tenant may ask for: whole numbers from 1 on, null where nothing is limited. */
export interface RateLimits {
  /** Requests in a minute. */
  readonly rpm: number | null
  /** Tokens in a minute, of prompts and answers together. */
  readonly tpm: number | null
  /** Requests at the same time. */
  readonly concurrency: number | null
}

/** What can be limited, in the order in which it is shown. */
export const LIMIT_KINDS = ['rpm', 'tpm', 'concurrency'] as const
export type LimitKind = (typeof LIMIT_KINDS)[number]

export const MOST_LIMIT = 1_000_000_000

/** What changes limits: a number sets one, null lifts it, one that is not named stays; null lifts them all. */
export type LimitsPatch = { rpm?: number | null; tpm?: number | null; concurrency?: number | null } | null

/** The limits after a change; null where none is left. */
export function changedLimits(before: RateLimits | null, patch: LimitsPatch): RateLimits | null {
  if (patch === null) return null
  const { rpm = before?.rpm ?? null, tpm = before?.tpm ?? null } = patch
  const { concurrency = before?.concurrency ?? null } = patch
  return rpm === null && tpm === null && concurrency === null ? null : { rpm, tpm, concurrency }
}
