import { isObject } from '../../lib/object'
import { textIn } from '../../lib/text'
import { type VendorError, wordsAlone } from '../vendor-error'

const UNKNOWN_MODEL = /^the provided model identifier is invalid/i
const OVERFLOW = /input is too long|too many input tokens|exceeds? the (?:maximum|context)/i

/** The vendor's names of failures, in words that the gateway sorts by. */
const TYPES: readonly (readonly [pattern: RegExp, type: string])[] = [
  [/throttling/i, 'rate_limit'],
  [/serviceQuota/i, 'insufficient_quota'],
  [/unavailable|notReady|overloaded/i, 'unavailable'],
]

/** Reads `{"message":…}` (or `Message`), with the failure's name in `__type` where a stream told it. Never throws. */
export function readError(body: unknown): VendorError {
  if (!isObject(body)) return wordsAlone(body)
  const message = textIn(body.message) ?? textIn(body.Message)
  const name = textIn(body.__type)
  const type = TYPES.find(([pattern]) => pattern.test(name ?? ''))?.[1] ?? name
  return { message, type, code: type === 'rate_limit' ? null : codeIn(message ?? ''), param: null }
}

/** What only its words say. */
function codeIn(message: string): string | null {
  if (OVERFLOW.test(message)) return 'context_length_exceeded'
  return UNKNOWN_MODEL.test(message) ? 'model_not_found' : null
}
