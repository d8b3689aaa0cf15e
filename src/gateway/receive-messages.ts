import type { MessagesBody } from '../messages/request'
import { readBody } from '../wire/body'
import type { GatewayDeps } from './deps'

/** Takes a body whole, and the header without which some of it means nothing. */
export async function receiveMessages(request: Request, deps: GatewayDeps): Promise<MessagesBody> {
  const bytes = await readBody(request, deps.maxJsonBytes, deps.slowestBodyMs)
  return { bytes, length: bytes.length, betas: request.headers.get('anthropic-beta') }
}
