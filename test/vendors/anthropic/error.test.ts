import { expect, test } from 'bun:test'
import { failureOfAnswer, failureOfEvent } from '../../../src/upstream/failure'
import { readError } from '../../../src/vendors/anthropic/error'

const envelope = (type: string, message: string, details?: object) => ({
  type: 'error',
  error: { type, message, ...(details && { details }) },
  request_id: 'req_1',
})

test('reads the envelope and the object in it', () => {
  const said = { message: 'Bad.', type: 'invalid_request_error', code: null, param: null }
  expect(readError(envelope('invalid_request_error', 'Bad.'))).toEqual(said)
  expect(readError({ type: 'invalid_request_error', message: 'Bad.' })).toEqual(said)
})

test.each([[null], [undefined], [''], [42], [[]]])('%j says nothing', body => {
  expect(readError(body)).toEqual({ message: null, type: null, code: null, param: null })
})

test('a text is a message', () => {
  expect(readError('upstream down').message).toBe('upstream down')
})

test.each([
  ['prompt is too long: 210000 tokens > 200000 maximum'],
  ['input length and `max_tokens` exceed context limit: 188240 + 21333 > 200000, decrease input length'],
])('%s is an overflow of the context', message => {
  expect(readError(envelope('invalid_request_error', message)).code).toBe('context_length_exceeded')
})

test.each([
  ['max_tokens: 999999 > 128000, which is the maximum allowed', 'max_completion_tokens'],
  ['messages.1.content.0.image.source.base64: invalid', 'messages'],
  ['tools.0.custom.input_schema: JSON schema is invalid', 'tools'],
  ['`temperature` is deprecated for this model', null],
  ['Something: else', null],
])('%s is about %s', (message, param) => {
  expect(readError(envelope('invalid_request_error', message)).param).toBe(param)
})

const KEY = 'sk-ant-secret'
/** What the caller meets, and whether somebody else is asked first. */
const meets = (status: number, body: object, headers = {}) => {
  const { error, tryNext } = failureOfAnswer(status, new Headers(headers), readError(body), KEY)
  return [error.status, error.code, tryNext, error.headers['retry-after'] ?? null]
}

test.each([
  [400, envelope('invalid_request_error', 'Bad.'), [400, null, false, null]],
  [
    400,
    envelope('invalid_request_error', 'prompt is too long: 2 tokens > 1 maximum'),
    [400, 'context_length_exceeded', false, null],
  ],
  [401, envelope('authentication_error', 'invalid x-api-key'), [502, 'upstream_auth_error', true, null]],
  [402, envelope('billing_error', 'Pay.'), [502, 'upstream_auth_error', true, null]],
  [403, envelope('permission_error', 'Not allowed.'), [502, 'upstream_auth_error', true, null]],
  [404, envelope('not_found_error', 'model: x'), [502, 'upstream_model_not_found', true, null]],
  [413, envelope('request_too_large', 'Too large.'), [413, null, false, null]],
  [500, envelope('api_error', 'Oops.'), [502, 'upstream_error', true, null]],
  [504, envelope('timeout_error', 'Late.'), [504, 'upstream_timeout', true, null]],
  [
    429,
    envelope('rate_limit_error', 'Full.', { error_code: 'enforced_spend_limit_reached' }),
    [502, 'upstream_auth_error', true, null],
  ],
] as const)('%i %j is met as %j', (status, body, expected) => {
  expect(meets(status, body)).toEqual([...expected])
})

test('limits and overload carry the vendor’s wait', () => {
  expect(meets(429, envelope('rate_limit_error', 'Slow.'), { 'retry-after': '7' })).toEqual([
    429,
    'upstream_rate_limited',
    true,
    '7',
  ])
  expect(meets(529, envelope('overloaded_error', 'Overloaded'), { 'retry-after': '3' })).toEqual([
    503,
    'upstream_unavailable',
    true,
    '3',
  ])
})

test.each([
  ['overloaded_error', 503],
  ['rate_limit_error', 429],
  ['api_error', 502],
])('%s as a stream’s first event is met as %i, after others were asked', (type, status) => {
  const { error, tryNext } = failureOfEvent(readError(envelope(type, 'x')), KEY)
  expect([error.status, tryNext]).toEqual([status, true])
})
