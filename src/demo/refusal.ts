export interface RefusalDetails {
  status?: number
  type?: string
  code?: string | null
  param?: string | null
  headers?: Record<string, string>
}

/** A request that the demo vendor refuses, as OpenAI words it: status, and an envelope with all four members. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly type: string
  readonly code: string | null
  readonly param: string | null
  readonly headers: Record<string, string>

  constructor(message: string, details: RefusalDetails = {}) {
    super(message)
    this.status = details.status ?? 400
    this.type = details.type ?? 'invalid_request_error'
    this.code = details.code ?? null
    this.param = details.param ?? null
    this.headers = details.headers ?? {}
  }

  toJson(): string {
    const { message, type, param, code } = this
    return JSON.stringify({ error: { message, type, param, code } })
  }
}

const BY_STATUS: Record<number, [type: string, code: string | null]> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  403: ['invalid_request_error', null],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
  503: ['server_error', 'server_is_overloaded'],
}

const RETRY_AFTER_SECONDS = '1'

/** The error that a caller asked for by its status (400–599), or by one of OpenAI's codes. */
export function askedRefusal(wanted: string): Refusal {
  const message = `The demo vendor fails with ${wanted}, as the request asked it to.`
  if (wanted === 'insufficient_quota')
    return new Refusal(message, { status: 429, type: 'insufficient_quota', code: 'insufficient_quota' })
  if (wanted === 'context_length_exceeded')
    return new Refusal(message, { code: 'context_length_exceeded', param: 'messages' })
  if (wanted === 'content_filter') return new Refusal(message, { code: 'content_filter' })
  const status = Number(wanted)
  const [type, code] = BY_STATUS[status] ?? [status >= 500 ? 'server_error' : 'invalid_request_error', null]
  const headers: Record<string, string> = status === 429 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}
  return new Refusal(message, { status, type, code, headers })
}
