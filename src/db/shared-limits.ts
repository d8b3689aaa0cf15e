import type { LimitKind } from './limits'

/** What one process holds of a limit. */
export interface Holding {
  share: number
  /** Since when it wants more than it got, and when it last said so, by the database's clock; null if it does not. */
  short: { since: number; at: number } | null
}

/** One limit as it is shared out: what processes hold, and what is free. What they hold and what is free make the limit. */
export interface SharedLimit {
  limit: number
  /** What is in the free part, in 60,000ths of a request or token; a place at a time has no level. Negative is a debt. */
  level: number
  /** When that was counted, by the database's clock: milliseconds since 1970. */
  at: number
  /** By the id of the process's lease. */
  holdings: Record<string, Holding>
}

/** The limits of one key or tenant, shared out. */
export interface SharedLimits {
  /** Of the key or tenant that says how much there is. */
  version: number
  limits: Partial<Record<LimitKind, SharedLimit>>
}
