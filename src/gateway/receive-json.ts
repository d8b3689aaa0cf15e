import { readBody } from '../wire/body'
import type { Call } from './call'
import type { GatewayDeps } from './deps'

/** Takes a JSON body whole. Throws GatewayError for one that is too large, too slow or of another type. */
export function receiveJson(
  request: Request,
  call: Call,
  { maxJsonBytes, slowestBodyMs }: GatewayDeps,
): Promise<Uint8Array> {
  return readBody(request, maxJsonBytes, slowestBodyMs, call)
}
