import { isObject } from '../../lib/object'
import { textIn } from '../../lib/text'
import { type VendorError, wordsAlone } from '../vendor-error'

/** Beyond a day a vendor's wait is no information any more. */
const MAX_MS = 86_400_000
const OVERFLOW = /input token count.*exceeds the maximum/i

/** Reads Google's envelope, alone or in a list, and whatever stands in its place. Never throws. */
export function readError(body: unknown): VendorError {
  const whole: unknown = Array.isArray(body) ? body[0] : body
  const error = isObject(whole) && isObject(whole.error) ? whole.error : whole
  if (!isObject(error)) return wordsAlone(error)
  const message = textIn(error.message)
  const details = Array.isArray(error.details) ? error.details.filter(isObject) : []
  const waitMs = retryDelayMs(details)
  return {
    message,
    type: textIn(error.status),
    code: codeOf(message, details),
    param: null,
    ...(waitMs !== undefined && { waitMs }),
  }
}

/** A wrong key comes as a bad request; a day's quota as a limit that will be gone in a moment. */
function codeOf(message: string | null, details: readonly Record<string, unknown>[]): string | null {
  if (message !== null && OVERFLOW.test(message)) return 'context_length_exceeded'
  if (
    details.some(({ reason }) => reason === 'API_KEY_INVALID') ||
    /^API key (?:not valid|expired)/i.test(message ?? '')
  )
    return 'invalid_api_key'
  return details.some(hasDailyQuota) ? 'insufficient_quota' : null
}

function hasDailyQuota({ violations }: Record<string, unknown>): boolean {
  if (!Array.isArray(violations)) return false
  return violations.some(
    (violation: unknown) =>
      isObject(violation) && typeof violation.quotaId === 'string' && violation.quotaId.includes('PerDay'),
  )
}

/** `RetryInfo`'s `"34.4s"`: there is no header for it. */
function retryDelayMs(details: readonly Record<string, unknown>[]): number | undefined {
  for (const { retryDelay } of details) {
    const seconds =
      typeof retryDelay === 'string' ? /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(retryDelay)?.[1] : undefined
    if (seconds !== undefined) return Math.min(Math.ceil(Number(seconds) * 1000), MAX_MS)
  }
  return undefined
}
