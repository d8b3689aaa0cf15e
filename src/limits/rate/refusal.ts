import type { LimitKind } from '../../db/limits'
import { GatewayError } from '../../errors'
import { formatDuration } from './duration'
import { limitHeaders } from './headers'
import type { Lot } from './lot'

const WHAT = {
  rpm: 'requests per minute (RPM)',
  tpm: 'tokens per minute (TPM)',
  concurrency: 'requests at the same time',
} as const
/** A caller that waits longer than this would have given up. */
const LONGEST_MS = 60_000

/** The 429 of a limit that is reached, and when to try again. */
export function rateRefusal(
  lots: readonly Lot[],
  lot: Lot,
  kind: LimitKind,
  units: number,
  now: number,
): GatewayError {
  const part = lot.part(kind)
  const waitMs = Math.min(LONGEST_MS, Math.max(1, part?.msUntil(units, now) ?? 0))
  const whose = lot.isTenant ? 'this account' : 'this API key'
  const asked = kind === 'tpm' ? ` The request may take ${units}.` : ''
  return new GatewayError(
    'rate_limit_exceeded',
    `Rate limit of ${whose} reached for ${WHAT[kind]}: limit ${part?.limit}.${asked} Please try again in ${formatDuration(waitMs)}.`,
    {
      type: kind === 'tpm' ? 'tokens' : 'requests',
      headers: {
        'retry-after': String(Math.ceil(waitMs / 1000)),
        'retry-after-ms': String(Math.ceil(waitMs)),
        ...limitHeaders(lots, now),
      },
    },
  )
}

/** A prompt that no wait makes small enough. */
export function tooManyTokens(lots: readonly Lot[], lot: Lot, tokens: number, now: number): GatewayError {
  const whose = lot.isTenant ? 'this account' : 'this API key'
  return new GatewayError(
    'rate_limit_exceeded',
    `Request too large for ${whose} on ${WHAT.tpm}: limit ${lot.limits.tpm}, the prompt alone has about ${tokens}.`,
    { type: 'tokens', headers: { 'x-should-retry': 'false', ...limitHeaders(lots, now) } },
  )
}
