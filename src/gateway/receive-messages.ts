import type { MessagesBody } from '../messages/request'
import { type Receiver, readBody } from '../wire/body'
import type { GatewayDeps } from './deps'

/** Takes a body whole, and the header without which some of it means nothing. */
export async function receiveMessages(
  request: Request,
  deps: GatewayDeps,
  receiver?: Receiver,
): Promise<MessagesBody> {
  const bytes = await readBody(request, deps.maxJsonBytes, deps.slowestBodyMs, receiver)
  return { bytes, length: bytes.length, betas: betasOf(request.headers.get('anthropic-beta')) }
}

/** Features of a request. How the caller signed in to us is none: at the vendor we sign in ourselves. */
function betasOf(header: string | null): string | null {
  const names = (header ?? '').split(',').map(name => name.trim())
  const kept = names.filter(name => name !== '' && !name.startsWith('oauth-'))
  return kept.length > 0 ? kept.join(',') : null
}
