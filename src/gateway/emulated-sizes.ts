import { GatewayError } from '../errors'
import type { Deployment } from '../routing/plan'
import { type Chat, type EmulatedSizes, NONE_EMULATED } from './estimate'
import { mayLack } from './lacking'
import type { Sending } from './translate'

type Write = (deployment: Deployment) => Sending

/** How large the request is, as `write` writes it, that each of these deployments gets whose model has to be brought to what it asks for. */
export function emulatedSizes(chat: Chat, deployments: readonly Deployment[], write: Write): EmulatedSizes {
  let sizes: Map<Deployment, number> | undefined
  for (const deployment of deployments) {
    const size = mayLack(chat, deployment) ? sizeAt(deployment, write) : undefined
    if (size === undefined) continue
    sizes ??= new Map()
    sizes.set(deployment, size)
  }
  return sizes ?? NONE_EMULATED
}

/** What cannot be asked there is found out when it is asked: another deployment may be before it. */
function sizeAt(deployment: Deployment, write: Write): number | undefined {
  try {
    const { body, translated } = write(deployment)
    return translated?.emulated?.length && body instanceof Uint8Array ? body.length : undefined
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}
