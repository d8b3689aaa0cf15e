import { isObject } from '../../lib/object'
import type { VendorError } from '../vendor-error'

const OVERFLOW = /input is too long|too many input tokens|exceeds? the (?:maximum|context)/i

/** The vendor's names of failures, in words that the gateway sorts by. */
const TYPES: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/throttling/i, 'rate_limit'],
  [/serviceQuota/i, 'insufficient_quota'],
  [/unavailable|notReady|overloaded/i, 'unavailable'],
]

/** Reads `{"message":…}` (or `Message`), with the failure's name in `__type` where a stream told it. Never throws. */
export function readError(body: unknown): VendorError {
  if (!isObject(body)) return { message: text(body), type: null, code: null, param: null }
  const message = text(body.message) ?? text(body.Message)
  const name = text(body.__type)
  const type = TYPES.find(([pattern]) => pattern.test(name ?? ''))?.[1] ?? name
  const isOverflow = type !== 'rate_limit' && message !== null && OVERFLOW.test(message)
  return { message, type, code: isOverflow ? 'context_length_exceeded' : null, param: null }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null
}
