import { expect, test } from 'bun:test'
import { GatewayError } from '../../src/errors'
import { errorJson } from '../../src/messages/error'

const typeOf = (error: GatewayError) =>
  (JSON.parse(errorJson(error, 'r-1')) as { error: { type: string } }).error.type

test('has Anthropic’s envelope, with our code and the field where its errors have details', () => {
  const error = new GatewayError('invalid_value', 'Wrong.', { param: 'max_tokens' })
  expect(JSON.parse(errorJson(error, 'r-1'))).toEqual({
    type: 'error',
    error: {
      type: 'invalid_request_error',
      message: 'Wrong.',
      details: { error_code: 'invalid_value', param: 'max_tokens' },
    },
    request_id: 'r-1',
  })
})

test.each([
  ['invalid_api_key', 'authentication_error'],
  ['scope_not_allowed', 'permission_error'],
  ['model_not_found', 'not_found_error'],
  ['request_too_large', 'request_too_large'],
  ['invalid_json', 'invalid_request_error'],
  ['insufficient_quota', 'billing_error'],
  ['rate_limit_exceeded', 'rate_limit_error'],
  ['upstream_rate_limited', 'rate_limit_error'],
  ['internal_error', 'api_error'],
  ['upstream_error', 'api_error'],
  ['upstream_unavailable', 'overloaded_error'],
  ['upstream_timeout', 'timeout_error'],
] as const)('%s is a %s', (code, type) => {
  expect(typeOf(new GatewayError(code, 'x'))).toBe(type)
})

test('a vendor’s refusal without a code has no details', () => {
  const error = new GatewayError('invalid_value', 'x', {
    vendor: { status: 422, type: 'invalid_request_error', code: null },
  })
  expect(JSON.parse(errorJson(error, 'r')).error).toEqual({ type: 'invalid_request_error', message: 'x' })
})
