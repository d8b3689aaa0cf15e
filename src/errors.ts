/** Every code that a caller can meet, with the status and type that go with it (the contract's error table). */
const TABLE = {
  invalid_api_key: [401, 'invalid_request_error'],
  key_revoked: [401, 'invalid_request_error'],
  key_expired: [401, 'invalid_request_error'],
  key_not_yet_valid: [401, 'invalid_request_error'],
  scope_not_allowed: [403, 'permission_error'],
  model_not_allowed: [403, 'permission_error'],
  management_disabled: [403, 'permission_error'],
  model_not_found: [404, 'invalid_request_error'],
  not_found: [404, 'invalid_request_error'],
  unknown_url: [404, 'invalid_request_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  idempotency_mismatch: [409, 'invalid_request_error'],
  idempotency_expired: [409, 'invalid_request_error'],
  idempotency_in_progress: [409, 'invalid_request_error'],
  request_timeout: [408, 'invalid_request_error'],
  request_too_large: [413, 'invalid_request_error'],
  unsupported_media_type: [415, 'invalid_request_error'],
  invalid_json: [400, 'invalid_request_error'],
  invalid_multipart: [400, 'invalid_request_error'],
  invalid_utf8: [400, 'invalid_request_error'],
  nesting_too_deep: [400, 'invalid_request_error'],
  duplicate_key: [400, 'invalid_request_error'],
  missing_required_parameter: [400, 'invalid_request_error'],
  unknown_parameter: [400, 'invalid_request_error'],
  invalid_type: [400, 'invalid_request_error'],
  invalid_value: [400, 'invalid_request_error'],
  integer_below_min_value: [400, 'invalid_request_error'],
  integer_above_max_value: [400, 'invalid_request_error'],
  decimal_below_min_value: [400, 'invalid_request_error'],
  decimal_above_max_value: [400, 'invalid_request_error'],
  unsupported_parameter: [400, 'invalid_request_error'],
  empty_array: [400, 'invalid_request_error'],
  model_unpriced: [400, 'invalid_request_error'],
  unknown_host: [400, 'invalid_request_error'],
  insufficient_quota: [429, 'insufficient_quota'],
  budget_exhausted: [429, 'insufficient_quota'],
  rate_limit_exceeded: [429, 'requests'],
  upstream_rate_limited: [429, 'requests'],
  upstream_error: [502, 'server_error'],
  upstream_auth_error: [502, 'server_error'],
  upstream_model_not_found: [502, 'server_error'],
  tool_call_not_produced: [502, 'server_error'],
  schema_not_followed: [502, 'server_error'],
  upstream_unavailable: [503, 'server_error'],
  upstream_timeout: [504, 'server_error'],
  budget_unavailable: [503, 'server_error'],
  store_unavailable: [503, 'server_error'],
  usage_store_unavailable: [503, 'server_error'],
  overloaded: [503, 'server_error'],
  shutting_down: [503, 'server_error'],
  internal_error: [500, 'server_error'],
} as const satisfies Record<string, readonly [status: number, type: string]>

export type ErrorCode = keyof typeof TABLE

export interface ErrorDetails {
  /** Path of the field at fault, as OpenAI writes it: `messages[0].content`. */
  param?: string | null
  headers?: Record<string, string>
  cause?: unknown
  /** Where the code's own type says too little. */
  type?: string
  /** A vendor's own refusal keeps its status, type and code: the table does not decide there. */
  vendor?: { status: number; type: string; code: string | null }
}

/**
 * The one error that reaches a caller, in OpenAI's envelope with all four members.
 * Its message is for the caller: never a stack, a secret, or a text that the caller sent.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  readonly headers: Record<string, string>

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause })
    const [status, type] = TABLE[code]
    this.status = details.vendor?.status ?? status
    this.type = details.vendor?.type ?? details.type ?? type
    this.code = details.vendor ? details.vendor.code : code
    this.param = details.param ?? null
    this.headers = details.headers ?? {}
  }

  /** `error` comes first and the JSON is compact: go-openai recognises a stream's error by exactly these bytes. */
  toJson(): string {
    const { message, type, param, code } = this
    return JSON.stringify({ error: { message, type, param, code } })
  }

  toResponse(): Response {
    return new Response(this.toJson(), {
      status: this.status,
      headers: { 'content-type': 'application/json', ...this.headers },
    })
  }
}

/** What is not a GatewayError is our own fault: 500, its text kept from the caller, the cause kept for the log. */
export function asGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  return new GatewayError('internal_error', 'The gateway failed to handle this request.', { cause: error })
}
