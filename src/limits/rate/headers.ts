import { formatDuration } from './duration'
import type { Lot } from './lot'
import type { RatePart } from './part'

/** Headers, or what becomes some. */
interface Told {
  set(name: string, value: string): unknown
}

const NAMES = {
  requests: ['x-ratelimit-limit-requests', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  tokens: ['x-ratelimit-limit-tokens', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
} as const

/** Tells in OpenAI's headers how far the limits are used: of a key's and a tenant's the one of which less is left. */
export function tellLimits(lots: readonly Lot[], now: number, told: Told): void {
  tell(tightest(lots, requestsOf, now), NAMES.requests, now, told)
  tell(tightest(lots, tokensOf, now), NAMES.tokens, now, told)
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
  [limit, remaining, reset]: (typeof NAMES)[keyof typeof NAMES],
  now: number,
  told: Told,
): void {
  if (!part) return
  told.set(limit, String(part.limit))
  told.set(remaining, String(part.remaining(now)))
  told.set(reset, formatDuration(part.msUntilFull(now)))
}
