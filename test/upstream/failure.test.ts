import { expect, test } from 'bun:test'
import {
  failureOfAnswer,
  failureOfContent,
  failureOfEvent,
  failureOfTransport,
  midStreamError,
} from '../../src/upstream/failure'
import { TransportError } from '../../src/upstream/transport'
import type { VendorError } from '../../src/vendors/vendor-error'

const SECRET = 'sk-our-secret-0123'
const said = (rest: Partial<VendorError> = {}): VendorError => ({
  message: 'no',
  type: null,
  code: null,
  param: null,
  ...rest,
})
const answer = (status: number, rest: Partial<VendorError> = {}, headers: Record<string, string> = {}) =>
  failureOfAnswer(status, new Headers(headers), said(rest), SECRET)

test('which statuses go to the next deployment is decided here, for every status', () => {
  const stays: number[] = []
  for (let status = 300; status < 600; status++) if (!answer(status).tryNext) stays.push(status)
  // A 403 without a word about content is about our account.
  expect(stays).toEqual([400, 409, 413, 422])
  expect(answer(403, { code: 'content_policy_violation' }).tryNext).toBe(false)
})

test('every status gives the caller a status of 400 or more, and never a 401', () => {
  for (let status = 300; status < 600; status++) {
    const { error } = answer(status)
    expect(error.status).toBeGreaterThanOrEqual(400)
    expect([401, 402].includes(error.status)).toBe(false)
    expect(error.message).not.toBe('')
  }
})

test('a 404 tells what its vendor says only where that is about its hosts: else it may name our account', () => {
  const message = `no host for projects/acme-prod with ${SECRET}`
  expect(answer(404, { message }).error.message).toBe('The vendor does not know this model.')
  expect(answer(404, { message, code: 'not_found' }).error.message).not.toContain('acme-prod')
  expect(answer(404, { message, code: 'no_host' }).error).toMatchObject({
    code: 'upstream_model_not_found',
    message: "None of the vendor's hosts can be asked this: no host for projects/acme-prod with [redacted]",
  })
})

test('a prompt that does not fit is a 400 with OpenAI’s code, whatever the vendor’s status', () => {
  const tooLong = { message: 'The input (9 tokens) is longer than the model’s context length' }
  for (const status of [400, 403, 413, 422]) {
    const { error, tryNext } = answer(status, { message: tooLong.message.replace('’', "'") })
    expect([error.status, error.type, error.code, tryNext]).toEqual([
      400,
      'invalid_request_error',
      'context_length_exceeded',
      false,
    ])
  }
})

test('a model that the vendor does not know is our name for it, whether it says so with 404 or 400', () => {
  for (const { error, tryNext } of [answer(404), answer(400, { code: 'model_not_found', param: 'model' })])
    expect([error.status, error.code, error.param, tryNext]).toEqual([
      502,
      'upstream_model_not_found',
      null,
      true,
    ])
})

test('a tier that is full is an overload, not a refusal', () => {
  expect([answer(498).error.code, answer(498).tryNext]).toEqual(['upstream_unavailable', true])
})

const ACCOUNT: Partial<VendorError>[] = [
  { code: 'insufficient_quota' },
  { type: 'insufficient_quota' },
  { type: 'exceeded_current_quota_error' },
  { code: 'billing_hard_limit_reached' },
  { code: 'credit_balance_too_low' },
]
for (const error of ACCOUNT)
  test(`a refusal of our account is told from the caller’s: ${JSON.stringify(error)}`, () => {
    for (const status of [400, 403, 429]) expect(answer(status, error).error.code).toBe('upstream_auth_error')
    expect(answer(401, error).error.message).not.toContain('no')
  })

test('the vendor’s wait is kept, for health and for the caller', () => {
  const failure = answer(429, {}, { 'retry-after': '2' })
  expect([failure.retryAfterMs, failure.error.headers]).toEqual([
    2_000,
    { 'retry-after': '2', 'retry-after-ms': '2000' },
  ])
  expect(answer(429).retryAfterMs).toBeNull()
  const usedUp = { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }
  expect(answer(429, {}, usedUp).error.headers['retry-after']).toBe('360')
  expect(answer(429, {}, { ...usedUp, 'retry-after': '2' }).retryAfterMs).toBe(2_000)
  expect(answer(429, {}, { 'retry-after-ms': '1' }).error.headers['retry-after']).toBe('1')
})

const EVENTS: [error: Partial<VendorError>, code: string, next: boolean][] = [
  [{ code: 'rate_limit_exceeded' }, 'upstream_rate_limited', true],
  [{ code: '429' }, 'upstream_rate_limited', true],
  [{ type: 'overloaded_error' }, 'upstream_unavailable', true],
  [{ code: 'insufficient_system_resource' }, 'upstream_unavailable', true],
  [{ code: '503' }, 'upstream_unavailable', true],
  [{ code: 'insufficient_quota' }, 'upstream_auth_error', true],
  [{ code: 'context_length_exceeded' }, 'context_length_exceeded', false],
  [{ message: 'prompt is too long: 9 tokens' }, 'context_length_exceeded', false],
  [{ message: null }, 'upstream_error', true],
  [{ code: 'server_error' }, 'upstream_error', true],
]
for (const [error, code, next] of EVENTS)
  test(`an error event before the first content is ${code}: ${JSON.stringify(error)}`, () => {
    const failure = failureOfEvent(said(error), SECRET)
    expect([failure.error.code, failure.tryNext]).toEqual([code, next])
  })

test('a fault of the connection goes to the next deployment; only a time that ran out is a timeout', () => {
  const of = (fault: 'connect' | 'reset' | 'malformed' | 'timeout') =>
    failureOfTransport(new TransportError(fault, 'why'))
  expect(of('connect').error.code).toBe('upstream_error')
  expect(of('reset').error.code).toBe('upstream_error')
  expect([of('malformed').error.code, of('malformed').error.message]).toEqual([
    'upstream_error',
    'The vendor did not answer in proper HTTP: why.',
  ])
  expect([of('timeout').error.code, of('timeout').error.status]).toEqual(['upstream_timeout', 504])
  expect(
    [of('connect'), of('reset'), of('malformed'), of('timeout'), failureOfContent('x')].every(
      ({ tryNext }) => tryNext,
    ),
  ).toBe(true)
})

test('no text of a vendor’s brings our credential along', () => {
  const leak = { message: `bad ${SECRET}`, code: `c ${SECRET}`, param: `p ${SECRET}` }
  const errors = [
    answer(400, leak).error,
    answer(500, leak).error,
    failureOfEvent(said(leak), SECRET).error,
    midStreamError(said(leak), SECRET),
  ]
  for (const error of errors) expect(error.toJson()).not.toContain(SECRET)
})
