import type { GatewayError } from '../errors'
import { errorJson } from '../messages/error'

/** What a caller of Anthropic's dialect is told where it is not answered. */
export function refuseMessages(error: GatewayError, requestId: string): Response {
  return new Response(errorJson(error, requestId), {
    status: error.status,
    headers: {
      'content-type': 'application/json',
      'x-callmissed-request-id': requestId,
      'x-request-id': requestId,
      ...error.headers,
    },
  })
}

/** Anthropic's SDKs read a request's id under this name. */
export function withOwnId(response: Response): Response {
  response.headers.set('request-id', response.headers.get('x-request-id') ?? '')
  return response
}
