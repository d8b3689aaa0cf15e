import { formatDuration } from './duration'
import type { Lot } from './lot'
import type { RatePart } from './part'

/** Headers, or what becomes some. */
interface Told {
  set(name: string, value: string): unknown
}

const REQUESTS = {
  limit: 'x-ratelimit-limit-requests',
  remaining: 'x-ratelimit-remaining-requests',
  reset: 'x-ratelimit-reset-requests',
} as const
const TOKENS = {
  limit: 'x-ratelimit-limit-tokens',
  remaining: 'x-ratelimit-remaining-tokens',
  reset: 'x-ratelimit-reset-tokens',
} as const

/** Tells in OpenAI's headers how far the limits are used: of a key's and a tenant's the one of which less is left. */
export function tellLimits(lots: readonly Lot[], now: number, told: Told): void {
  tell(tightest(lots, requestsOf, now), REQUESTS, now, told)
  tell(tightest(lots, tokensOf, now), TOKENS, now, told)
}

const requestsOf = (lot: Lot) => lot.requests
const tokensOf = (lot: Lot) => lot.tokens

/** The same as an object. */
export function limitHeaders(lots: readonly Lot[], now: number): Record<string, string> {
  const told = new Map<string, string>()
  tellLimits(lots, now, told)
  return Object.fromEntries(told)
}

function tightest(
  lots: readonly Lot[],
  partOf: (lot: Lot) => RatePart | undefined,
  now: number,
): RatePart | undefined {
  let found: RatePart | undefined
  for (const lot of lots) {
    const part = partOf(lot)
    if (part && (!found || part.remaining(now) < found.remaining(now))) found = part
  }
  return found
}

function tell(
  part: RatePart | undefined,
  names: typeof REQUESTS | typeof TOKENS,
  now: number,
  told: Told,
): void {
  if (!part) return
  told.set(names.limit, part.limitText)
  told.set(names.remaining, String(part.remaining(now)))
  told.set(names.reset, formatDuration(part.msUntilFull(now)))
}
