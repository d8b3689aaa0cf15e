import type { Server } from 'bun'
import { asGatewayError, GatewayError } from '../errors'
import { newId } from '../lib/id'
import { createCors } from './cors'
import { createHostCheck } from './host'
import type { Strangers } from './strangers'

export interface ServerOptions {
  host: string
  port: number
  /** Other processes of ours listen at the same port. */
  sharesPort?: boolean
  allowedHosts: readonly string[]
  corsOrigins: readonly string[]
  /** The largest body that any route takes. */
  maxBodyBytes: number
  handle: (request: Request) => Response | Promise<Response>
  /** Watches keys that are none of ours; absent where nobody does. */
  strangers?: Strangers
  /** Whether a request carries a key of ours. */
  isOurs?: (headers: Headers) => boolean
  /** Whether each connection closes after its answer, so that who keeps it does not ask on it again. */
  isEnding?: () => boolean
}

/** Header and body phases are bounded by this; a request that was read is kept open by its handler. */
const IDLE_TIMEOUT_SECONDS = 30
/** Bun answers what is larger with a bare 413: our own limits stand below, and answer in OpenAI's shape. */
const ABOVE_OUR_LIMITS_BYTES = 64 * 1024 * 1024
const UNKNOWN_HOST =
  'This gateway does not answer to this Host. Whoever runs it names further ones in ALLOWED_HOSTS.'
const ID_HEADERS = ['x-callmissed-request-id', 'x-request-id'] as const

/**
 * The listening socket, and what every request passes before any route sees it: the `Host` check, CORS, and
 * after it the request id. Nothing here looks at a path: who may do what is bound to the routes.
 */
export function listen(options: ServerOptions): Server<undefined> {
  const isAllowed = createHostCheck([options.host, ...options.allowedHosts])
  const cors = createCors(options.corsOrigins)
  const { strangers, isOurs = () => false, isEnding = () => false } = options
  // A request without a key tries none: health checks may come from the very address that guesses, behind a proxy.
  const isGuess = (headers: Headers) => carriesKey(headers) && !isOurs(headers)
  const answer = (request: Request, server: Server<undefined>): Response | Promise<Response> => {
    const refusal =
      strangers?.isAnyShut && isGuess(request.headers)
        ? strangers.refusalOf(addressOf(request, server))
        : undefined
    if (refusal) return refusal.toResponse()
    if (!isAllowed(request.headers.get('host')))
      return new GatewayError('unknown_host', UNKNOWN_HOST).toResponse()
    return cors.preflight(request) ?? options.handle(request)
  }
  const finish = (request: Request, response: Response, server: Server<undefined>): Response => {
    if (response.status === 401 && strangers && isGuess(request.headers))
      strangers.failed(addressOf(request, server))
    if (!response.headers.has(ID_HEADERS[0])) {
      const id = newId()
      for (const name of ID_HEADERS) response.headers.set(name, id)
    }
    cors.allow(request, response)
    if (isEnding()) response.headers.set('connection', 'close')
    return response
  }
  return Bun.serve({
    hostname: options.host,
    port: options.port,
    idleTimeout: IDLE_TIMEOUT_SECONDS,
    maxRequestBodySize: options.maxBodyBytes + ABOVE_OUR_LIMITS_BYTES,
    development: false,
    // Without development Bun lets a second process share the port in silence.
    reusePort: options.sharesPort ?? false,
    // One promise for all of this: each one more is paid by every request.
    fetch: async (request, server) => {
      try {
        return finish(request, await answer(request, server), server)
      } catch (error) {
        return finish(request, asGatewayError(error).toResponse(), server)
      }
    },
    error: error => asGatewayError(error).toResponse(),
  })
}

function addressOf(request: Request, server: Server<undefined>): string {
  return server.requestIP(request)?.address ?? ''
}

function carriesKey(headers: Headers): boolean {
  return headers.has('authorization') || headers.has('x-api-key') || headers.has('api-key')
}
