import { isObject } from '../../lib/object'
import type { VendorError } from '../vendor-error'

const OVERFLOW = /too many tokens/i

/** Reads `{"message":…}`, or whatever stands in its place. Never throws. */
export function readError(body: unknown): VendorError {
  const said = isObject(body) ? (body.message ?? body.error) : body
  const message = typeof said === 'string' && said !== '' ? said : null
  const code = message !== null && OVERFLOW.test(message) ? 'context_length_exceeded' : null
  return { message, type: null, code, param: null }
}
