import { type ErrorCode, GatewayError } from '../errors'

/** What stands behind `#/components/schemas/Error` in the published document. */
export const ERROR_SCHEMA = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['message', 'type', 'param', 'code'],
      properties: {
        message: { type: 'string', description: 'What went wrong and where, in a sentence.' },
        type: { type: 'string', description: 'The family of the error, as OpenAI names it.' },
        param: { type: 'string', nullable: true, description: 'Path of the field at fault.' },
        code: { type: 'string', nullable: true, description: 'What programs should look at.' },
      },
    },
  },
}

/** One line a code for the people who read the docs; a route says more where it has more to say. */
const MEANING: Record<ErrorCode, string> = {
  invalid_api_key: 'No API key was sent, or one that is not known.',
  key_revoked: 'The key was revoked.',
  key_expired: 'The key has expired.',
  key_not_yet_valid: 'The key is not valid yet.',
  scope_not_allowed: 'This key may not do that.',
  model_not_allowed: 'This key may not use that model.',
  management_disabled: 'The gateway has no admin key, so nothing can be managed.',
  model_not_found: 'There is no such model, or its vendor is not configured.',
  not_found: 'There is none with this id.',
  unknown_url: 'There is no such URL here.',
  method_not_allowed: 'This URL takes other methods, which `allow` names.',
  unknown_host: 'The gateway is not called by this name in `Host`.',
  request_timeout: 'The body did not arrive in time.',
  request_too_large: 'The body is too large.',
  unsupported_media_type: 'The body is of another type than this route takes.',
  invalid_json: 'The body is not valid JSON.',
  invalid_multipart: 'The body is not a whole multipart form.',
  invalid_utf8: 'The body is not valid UTF-8.',
  nesting_too_deep: 'The body is nested deeper than 128 levels.',
  duplicate_key: 'The body has a key twice.',
  missing_required_parameter: 'A required field is missing.',
  unknown_parameter: 'There is no such field.',
  invalid_type: 'A field has the wrong type.',
  invalid_value: 'A field has a value that is not allowed.',
  integer_below_min_value: 'A number is too small.',
  integer_above_max_value: 'A number is too large.',
  decimal_below_min_value: 'A number is too small.',
  decimal_above_max_value: 'A number is too large.',
  unsupported_parameter: 'The model’s vendor cannot do what this field asks for.',
  empty_array: 'A list is empty.',
  model_unpriced: 'The model has no price, so it cannot be called.',
  rate_limit_exceeded:
    'A limit of the key or its tenant is reached: `type` says of `requests` or `tokens`, `retry-after-ms` for how long.',
  insufficient_quota:
    'The request may cost more than is left of the budget of the key or its tenant: the message says when there is more.',
  budget_exhausted: 'The budget was lowered below what is spent of it.',
  budget_unavailable: 'The gateway’s database cannot say what is left of the budget.',
  idempotency_mismatch: 'The `Idempotency-Key` was used for another request.',
  idempotency_expired:
    'The first answer is not kept: it was larger than 4 MB, or the key’s secret has changed.',
  idempotency_in_progress: 'Too many wait for the first request to end.',
  upstream_rate_limited: 'The vendor limits us; `retry-after` says for how long.',
  upstream_error: 'The vendor failed.',
  upstream_auth_error: 'The vendor refused the gateway’s own credential.',
  upstream_model_not_found: 'The vendor does not know the model that it is configured with.',
  tool_call_not_produced:
    'The model had to call a tool, has none of its own and made no call that can be used, asked twice. It is billed.',
  schema_not_followed:
    'The model’s answer does not follow the `strict` schema, asked twice: it knows no schemas of its own. It is billed.',
  upstream_unavailable: 'No vendor of this model can be reached.',
  upstream_timeout: 'The vendor did not answer in time.',
  store_unavailable: 'The gateway cannot reach its database.',
  usage_store_unavailable: 'Usage cannot be recorded, so no request is begun.',
  overloaded: 'The gateway is short of memory, so no request is begun.',
  shutting_down: 'The gateway is shutting down.',
  internal_error: 'The gateway failed to handle the request.',
}

export interface ErrorResponse {
  description: string
  content: { 'application/json': { schema: object; examples: Record<string, { value: unknown }> } }
}

/** How a dialect writes its errors. */
export interface Envelope {
  schema: object
  write(error: GatewayError): string
}

const OPENAI: Envelope = {
  schema: { $ref: '#/components/schemas/Error' },
  write: error => error.toJson(),
}

/** The error answers of a route for its published description: one a status, with an example a code. */
export function errorResponses(
  codes: readonly ErrorCode[],
  envelope: Envelope = OPENAI,
): Record<string, ErrorResponse> {
  const errors = [...new Set(codes)].map(code => new GatewayError(code, MEANING[code]))
  const byStatus = Map.groupBy(errors, error => error.status)
  return Object.fromEntries([...byStatus].map(([status, group]) => [status, errorResponse(group, envelope)]))
}

/** Every code with its status and what it means, as a Markdown list. */
export function errorList(): string {
  return Object.entries(MEANING)
    .map(([code, meaning]) => {
      const { status } = new GatewayError(code as ErrorCode, meaning)
      return `- \`${code}\` (${status}): ${meaning}`
    })
    .join('\n')
}

function errorResponse(errors: readonly GatewayError[], { schema, write }: Envelope): ErrorResponse {
  const examples = errors.map(error => [error.code, { value: JSON.parse(write(error)) }])
  return {
    description: errors.map(error => `\`${error.code}\`: ${error.message}`).join(' '),
    content: {
      'application/json': {
        schema,
        examples: Object.fromEntries(examples),
      },
    },
  }
}
