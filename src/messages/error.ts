import type { GatewayError } from '../errors'

const TYPES: Record<number, string> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  503: 'overloaded_error',
  504: 'timeout_error',
}

/** An error in Anthropic's envelope; our own code stands where its newer errors have theirs. */
export function errorJson(error: GatewayError, requestId: string): string {
  const { status, message, code, param } = error
  const details = { ...(code !== null && { error_code: code }), ...(param !== null && { param }) }
  return JSON.stringify({
    type: 'error',
    error: {
      type: typeOf(status, code),
      message,
      ...(Object.keys(details).length > 0 && { details }),
    },
    request_id: requestId,
  })
}

function typeOf(status: number, code: string | null): string {
  if (code === 'insufficient_quota') return 'billing_error'
  const known = TYPES[status]
  if (known !== undefined) return known
  return status < 500 ? 'invalid_request_error' : 'api_error'
}
