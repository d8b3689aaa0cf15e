import { asGatewayError, type GatewayError } from '../errors'
import type { Log } from '../lib/log'
import { formatUsd } from '../lib/money'
import { UpstreamFailure } from '../upstream/failure'

/** A stream that no proxy on the way may buffer, change or keep. */
export function streamResponse(body: ReadableStream<Uint8Array>, requestId: string): Response {
  return new Response(body, streamHead(requestId))
}

/** The head of such a stream, for who makes its body himself. */
export function streamHead(requestId: string): ResponseInit {
  return {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
      'x-callmissed-request-id': requestId,
      'x-request-id': requestId,
    },
  }
}

/** `costPicoUsd` is told in a header, for an answer whose body has no place for it. */
export function jsonResponse(bytes: Uint8Array, requestId: string, costPicoUsd?: bigint): Response {
  if (costPicoUsd !== undefined) return bytesResponse(bytes, 'application/json', requestId, costPicoUsd)
  const response = new Response(bytes)
  // They are looked at once more before they leave: to set them costs less than to have Bun read an object of them first.
  const { headers } = response
  headers.set('content-type', 'application/json')
  headers.set('x-callmissed-request-id', requestId)
  headers.set('x-request-id', requestId)
  return response
}

/** An answer of any type, with what it cost in a header where that is known before its first byte. */
export function bytesResponse(
  body: Uint8Array | ReadableStream<Uint8Array>,
  contentType: string,
  requestId: string,
  costPicoUsd: bigint | undefined,
): Response {
  const headers: Record<string, string> = {
    'content-type': contentType,
    'x-callmissed-request-id': requestId,
    'x-request-id': requestId,
  }
  if (costPicoUsd !== undefined) headers['x-callmissed-cost-usd'] = formatUsd(costPicoUsd)
  return new Response(body, { headers })
}

/** An error in OpenAI’s envelope, with the request’s id under both names. */
export function errorResponse(error: GatewayError, requestId: string): Response {
  const response = error.toResponse()
  // The SDKs read the second.
  response.headers.set('x-callmissed-request-id', requestId)
  response.headers.set('x-request-id', requestId)
  return response
}

/** What the caller is told of any failure; one that is our own fault is logged, without its text, which could hold the caller's. */
export function toCallerError(error: unknown, requestId: string, log: Log): GatewayError {
  const known = error instanceof UpstreamFailure ? error.error : asGatewayError(error)
  if (known.code === 'internal_error')
    log.error('a request failed inside the gateway', { requestId, ...whereOf(known.cause ?? error) })
  return known
}

function whereOf(error: unknown): { name: string; at: string } {
  if (!(error instanceof Error)) return { name: typeof error, at: '' }
  const frames = (error.stack ?? '').split('\n').filter(line => /^\s*at /.test(line))
  return {
    name: error.name,
    at: frames
      .slice(0, 4)
      .map(line => line.trim())
      .join(' < '),
  }
}
