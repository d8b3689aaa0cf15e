import type { ErrorCode } from '../errors'

/** What only routes that call a vendor can answer. */
export const BILLABLE_ERRORS: readonly ErrorCode[] = [
  'rate_limit_exceeded',
  'insufficient_quota',
  'budget_unavailable',
  'idempotency_mismatch',
  'idempotency_expired',
  'idempotency_in_progress',
]

/** What every billable route can answer; each adds what its own body can be wrong in. */
export const INFERENCE_ERRORS: readonly ErrorCode[] = [
  'missing_required_parameter',
  'unknown_parameter',
  'invalid_type',
  'invalid_value',
  'model_unpriced',
  'invalid_api_key',
  'key_revoked',
  'key_expired',
  'key_not_yet_valid',
  'scope_not_allowed',
  'model_not_allowed',
  'model_not_found',
  'request_timeout',
  'request_too_large',
  'unsupported_media_type',
  ...BILLABLE_ERRORS,
  'upstream_rate_limited',
  'upstream_error',
  'upstream_auth_error',
  'upstream_model_not_found',
  'upstream_unavailable',
  'usage_store_unavailable',
  'overloaded',
  'store_unavailable',
  'shutting_down',
  'upstream_timeout',
]

/** Those of a route that takes JSON. */
export const JSON_ERRORS: readonly ErrorCode[] = [
  'invalid_json',
  'invalid_utf8',
  'nesting_too_deep',
  'duplicate_key',
  ...INFERENCE_ERRORS,
]

/** What besides can become of a chat with a model that has no tools or no schemas of its own. */
export const EMULATION_ERRORS: readonly ErrorCode[] = ['tool_call_not_produced', 'schema_not_followed']
