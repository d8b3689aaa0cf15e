import { credentialOf } from '../auth/credential'
import { GatewayError } from '../errors'
import type { Answer } from '../replay/answer'
import { Keeping } from '../replay/keeping'
import type { Call } from './call'
import type { GatewayDeps } from './deps'
import type { Received } from './operation'

/**
 * Whether a request with an Idempotency-Key has come before: then its answer, whose record is a request that asked no
 * vendor and cost nothing. Otherwise undefined, and the call's answer will be kept. Throws `idempotency_mismatch`,
 * `idempotency_expired`, or `store_unavailable`.
 */
export async function repeat(
  idempotencyKey: string,
  body: Received,
  call: Call,
  request: Request,
  deps: GatewayDeps,
): Promise<Response | undefined> {
  const { caller, requestId } = call
  if (!caller) throw new Error('repeat: nobody is calling')
  const { keyId, tenantId, hash: keyHash } = caller
  const seal = deps.replays.seal(credentialOf(request.headers), keyId, idempotencyKey)
  const mark = await seal.mark(call.endpoint, identityOf(body, call))
  const stop = () => {
    if (call.stopped) throw call.stopped
    if (request.signal.aborted) throw new GatewayError('request_timeout', 'The caller left.')
  }
  const found = await deps.replays.begin({ tenantId, requestId, keyHash, seal, mark, stop })
  if (!(found instanceof Keeping)) return again(found, call)
  call.keeping = found
  return undefined
}

/** Hands an answer on, and sees to it that it is kept. */
export async function kept(keeping: Keeping, response: Response): Promise<Response> {
  if (keeping.isStream) {
    keeping.begin(response)
    return response
  }
  const { status, headers } = response
  const body = await response.bytes()
  keeping.add(body)
  keeping.begin(response)
  keeping.end()
  return new Response(body, { status, headers })
}

async function again({ status, headers, body }: Answer, call: Call): Promise<Response> {
  const safe = call.settle({ outcome: 'ok', status })
  if (safe) await safe
  const response = new Response(body, { status, headers })
  call.entry?.hold?.writeHeaders(response.headers)
  response.headers.set('x-callmissed-request-id', call.requestId)
  response.headers.set('x-request-id', call.requestId)
  return response
}

function identityOf(body: Received, { operation }: Call): Uint8Array {
  if (operation.identity) return operation.identity(body)
  if (body instanceof Uint8Array) return body
  throw new Error('repeat: a body that cannot be told from another')
}
