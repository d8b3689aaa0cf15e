import type { LimitKind } from './limits'

/** What one process holds of a limit. */
export interface Holding {
  share: number
  /** The report by which it last gave what it did not use, or lacked some itself; absent: never, or it is an older version. */
  report?: number
  short: Short | null
}

/** A process wants more than it got. By the database's clock. */
export interface Short {
  since: number
  /** When it last said so. */
  at: number
  /** So many units; absent: by an older version. */
  need?: number
  /** The report by which the others were last asked for what they do not use; absent: by an older version, never. */
  asked?: number
}

/** One limit as it is shared out: what processes hold, and what is free. What they hold and what is free make the limit. */
export interface SharedLimit {
  limit: number
  /** What is in the free part, in 60,000ths of a request or token; a place at a time has no level. Negative is a debt. */
  level: number
  /** When that was counted, by the database's clock: milliseconds since 1970. */
  at: number
  /** How many reports there were, of all processes. */
  reports?: number
  /** By the id of the process's lease. */
  holdings: Record<string, Holding>
}

/** The limits of one key or tenant, shared out. */
export interface SharedLimits {
  /** Of the key or tenant that says how much there is. */
  version: number
  limits: Partial<Record<LimitKind, SharedLimit>>
}
