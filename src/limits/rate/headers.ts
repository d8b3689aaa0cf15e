import { formatDuration } from './duration'
import type { Lot } from './lot'
import type { RatePart } from './part'

/** OpenAI's headers of how far the limits are used: of a key's and a tenant's the one of which less is left. */
export function limitHeaders(lots: readonly Lot[], now: number): Record<string, string> {
  const requests = tightest(lots, ({ requests }) => requests, now)
  const tokens = tightest(lots, ({ tokens }) => tokens, now)
  return { ...headersOf('requests', requests, now), ...headersOf('tokens', tokens, now) }
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

function headersOf(name: 'requests' | 'tokens', part: RatePart | undefined, now: number) {
  if (!part) return {}
  return {
    [`x-ratelimit-limit-${name}`]: String(part.limit),
    [`x-ratelimit-remaining-${name}`]: String(part.remaining(now)),
    [`x-ratelimit-reset-${name}`]: formatDuration(part.msUntilFull(now)),
  }
}
