const EXPOSED =
  'x-request-id, request-id, x-callmissed-request-id, x-callmissed-cost-usd, x-callmissed-dropped-params, x-callmissed-emulated-params, retry-after, retry-after-ms, x-should-retry, ' +
  'x-ratelimit-limit-requests, x-ratelimit-limit-tokens, x-ratelimit-remaining-requests, x-ratelimit-remaining-tokens, ' +
  'x-ratelimit-reset-requests, x-ratelimit-reset-tokens'

const ANY = '*'

export interface Cors {
  /** The answer to a preflight; undefined for what is none, or comes from an origin that may not call. */
  preflight(request: Request): Response | undefined
  /** Lets a browser of an allowed origin read the answer. */
  allow(request: Request, response: Response): void
}

/** CORS for the origins that were configured, `*` being every one; without any, no header is ever sent. */
export function createCors(origins: readonly string[]): Cors {
  const allowed = new Set(origins)
  const originOf = (request: Request) => {
    const origin = request.headers.get('origin')
    if (origin !== null && allowed.has(ANY)) return ANY
    return origin !== null && allowed.has(origin) ? origin : undefined
  }
  return {
    preflight(request) {
      const origin = allowed.size > 0 && request.method === 'OPTIONS' ? originOf(request) : undefined
      if (origin === undefined) return undefined
      return new Response(null, {
        status: 204,
        headers: {
          'access-control-allow-origin': origin,
          'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
          // The SDKs send a dozen x-stainless-* headers, and more with every version: what is asked for is granted.
          'access-control-allow-headers':
            request.headers.get('access-control-request-headers') ?? 'authorization, content-type',
          'access-control-max-age': '600',
          vary: 'access-control-request-headers',
        },
      })
    },
    allow(request, response) {
      const origin = allowed.size > 0 ? originOf(request) : undefined
      if (origin === undefined) return
      response.headers.set('access-control-allow-origin', origin)
      response.headers.set('access-control-expose-headers', EXPOSED)
      response.headers.append('vary', 'origin')
    },
  }
}
