import { asGatewayError, type ErrorCode, type ErrorDetails, GatewayError } from '../errors'
import type { VendorError } from '../vendors/vendor-error'
import { isContextOverflow } from './context-overflow'
import { limitResetMs } from './limit-reset'
import { redact, withoutSecret } from './redact'
import { retryAfterMs } from './retry-after'
import type { HeaderFields, TransportError } from './transport'

/** A vendor did not answer: what the caller is told if nobody else can, and whether somebody else may be asked. */
export class UpstreamFailure extends Error {
  override readonly name = 'UpstreamFailure'
  readonly error: GatewayError
  readonly tryNext: boolean
  /** How long the vendor asked not to be called; null if it did not say. */
  readonly retryAfterMs: number | null

  constructor(error: GatewayError, tryNext: boolean, retryAfterMs: number | null = null) {
    super(error.message, { cause: error })
    this.error = error
    this.tryNext = tryNext
    this.retryAfterMs = retryAfterMs
  }
}

/** An answer that is not 2xx. This function alone decides whether the next deployment is tried. */
export function failureOfAnswer(
  status: number,
  headers: HeaderFields,
  said: VendorError,
  credential: string,
): UpstreamFailure {
  if (isOurAccount(status, said))
    return elsewhere('upstream_auth_error', "The vendor refused the gateway's account.")
  if (status === 429 || status === 529) return limited(status, headers, said)
  // Groq's word for a tier that is full.
  if (status === 498) return limited(529, headers, said)
  // Responses and Bedrock say so with 400; the name that they do not know is the deployment's.
  if (status === 404 || (status === 400 && said.code === 'model_not_found'))
    return elsewhere('upstream_model_not_found', unknownModel(said, credential), NO_RETRY)
  if (REFUSALS.has(status)) return refused(status, said, credential)
  if (status === 408 || status === 504)
    return elsewhere('upstream_timeout', `The vendor timed out (status ${status}).`)
  if (status === 503)
    return elsewhere('upstream_unavailable', 'The vendor is unavailable (status 503).', {}, headers)
  return elsewhere('upstream_error', `The vendor failed (status ${status}).`)
}

/** An error event before the first event that counts: the vendor's 200 was none. */
export function failureOfEvent(said: VendorError, credential: string): UpstreamFailure {
  const about = `${said.code} ${said.type}`
  if (isOurAccount(0, said))
    return elsewhere('upstream_auth_error', "The vendor refused the gateway's account.")
  if (/rate_limit|^429|RESOURCE_EXHAUSTED/.test(about)) return limited(429, new Headers(), said)
  if (/overloaded|unavailable|insufficient_system_resource|^50[23]|^529/i.test(about))
    return elsewhere('upstream_unavailable', 'The vendor is overloaded.')
  if (isContextOverflow(said)) return refused(400, said, credential)
  return elsewhere(
    'upstream_error',
    `The vendor failed: ${redact(said.message ?? 'no reason given', credential)}`,
  )
}

/** No answer, or half of one. */
export function failureOfTransport({ fault, message, cause }: TransportError): UpstreamFailure {
  // Of ours: another vendor would be sent nothing either, and this one did nothing.
  if (fault === 'withheld') return new UpstreamFailure(asGatewayError(cause), false)
  if (fault === 'timeout')
    return elsewhere('upstream_timeout', `The vendor did not answer in time: ${message}.`)
  if (fault === 'connect') return elsewhere('upstream_error', 'The vendor could not be reached.')
  if (fault === 'malformed')
    return elsewhere('upstream_error', `The vendor did not answer in proper HTTP: ${message}.`)
  return elsewhere('upstream_error', 'The connection to the vendor was lost.')
}

/** A 2xx answer that cannot be used. */
export function failureOfContent(message: string): UpstreamFailure {
  return elsewhere('upstream_error', message)
}

/** The error event for a stream that the vendor broke after the caller had been sent its first event. */
export function midStreamError(said: VendorError, credential: string): GatewayError {
  const message = said.message ? redact(said.message, credential) : 'The vendor reported an error.'
  return new GatewayError('upstream_error', message)
}

const NO_RETRY: ErrorDetails = { headers: { 'x-should-retry': 'false' } }
/** The request itself was refused: no other deployment would say anything else. */
const REFUSALS = new Set([400, 403, 409, 413, 422])
const QUOTA = /insufficient_quota|exceeded_current_quota|billing|spend_limit|credit/i
const CONTENT = /content|policy|moderation|safety|flagged|refus/i

/** Credential, quota or balance: the vendor refuses us, not the caller. */
function isOurAccount(status: number, said: VendorError): boolean {
  if (status === 401 || status === 402) return true
  if (said.code === 'insufficient_quota' || said.type === 'insufficient_quota') return true
  // Google answers a wrong key with 400.
  if (said.code === 'invalid_api_key') return true
  const about = `${said.code} ${said.type}`
  // Together refuses so what does not fit.
  if (status === 403) return !CONTENT.test(`${about} ${said.message}`) && !isContextOverflow(said)
  return QUOTA.test(about)
}

/** A vendor that asks others has none for what is asked, at the price that is allowed. What else a 404 says may name our account. */
function unknownModel({ code, message }: VendorError, credential: string): string {
  if (code !== 'no_host' || message === null) return 'The vendor does not know this model.'
  return `None of the vendor's hosts can be asked this: ${redact(message, credential)}`
}

function refused(status: number, said: VendorError, credential: string): UpstreamFailure {
  const isTooLong = isContextOverflow(said)
  const code = isTooLong ? 'context_length_exceeded' : withoutSecret(said.code, credential)
  const error = new GatewayError(
    'invalid_value',
    said.message ? redact(said.message, credential) : 'The vendor refused the request.',
    {
      param: withoutSecret(said.param, credential),
      vendor: {
        // OpenAI's status for it, whatever the vendor's.
        status: isTooLong ? 400 : status,
        type: status === 403 && !isTooLong ? 'permission_error' : 'invalid_request_error',
        code,
      },
      // The SDKs retry 409 by themselves; this one is final.
      ...(status === 409 && NO_RETRY),
    },
  )
  return new UpstreamFailure(error, false)
}

function limited(status: number, headers: HeaderFields, { waitMs }: VendorError): UpstreamFailure {
  if (status === 529) return elsewhere('upstream_unavailable', 'The vendor is overloaded.', {}, headers)
  const saidMs = waitMs ?? limitResetMs(headers) ?? undefined
  return elsewhere('upstream_rate_limited', "The vendor limits the gateway's rate.", {}, headers, saidMs)
}

function elsewhere(
  code: ErrorCode,
  message: string,
  details: ErrorDetails = {},
  headers?: HeaderFields,
  saidMs?: number,
): UpstreamFailure {
  const waitMs = (headers && retryAfterMs(headers)) ?? saidMs ?? null
  const wait =
    waitMs === null
      ? {}
      : { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))), 'retry-after-ms': String(waitMs) }
  const error = new GatewayError(code, message, { ...details, headers: { ...wait, ...details.headers } })
  return new UpstreamFailure(error, true, waitMs)
}
