import type { ErrorCode } from '../errors'

/** How a caller's credential can be refused, for the docs of routes that any key may read. */
export const KEY_ERRORS: readonly ErrorCode[] = [
  'invalid_api_key',
  'key_revoked',
  'key_expired',
  'key_not_yet_valid',
  'store_unavailable',
]

/** The same for routes of the management. */
export const MANAGEMENT_ERRORS: readonly ErrorCode[] = [
  ...KEY_ERRORS,
  'scope_not_allowed',
  'management_disabled',
]

/** And what a body adds to it. */
export const WRITE_ERRORS: readonly ErrorCode[] = [
  ...MANAGEMENT_ERRORS,
  'invalid_json',
  'invalid_utf8',
  'nesting_too_deep',
  'duplicate_key',
  'missing_required_parameter',
  'unknown_parameter',
  'invalid_type',
  'invalid_value',
  'request_timeout',
  'request_too_large',
  'unsupported_media_type',
]
