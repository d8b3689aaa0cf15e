import { GatewayError } from '../errors'
import type { Deployment } from '../routing/plan'
import { type Chat, type EmulatedSizes, NONE_EMULATED } from './estimate'
import { mayLack } from './lacking'
import type { Asked, Operation } from './operation'

/** How large the request is that each of these deployments gets whose model has to be brought to what it asks for. */
export function emulatedSizes(
  asked: Asked & Chat,
  deployments: readonly Deployment[],
  operation: Operation,
): EmulatedSizes {
  let sizes: Map<Deployment, number> | undefined
  for (const deployment of deployments) {
    const size = mayLack(asked, deployment) ? sizeAt(asked, deployment, operation) : undefined
    if (size === undefined) continue
    sizes ??= new Map()
    sizes.set(deployment, size)
  }
  return sizes ?? NONE_EMULATED
}

/** What cannot be asked there is found out when it is asked: another deployment may be before it. */
function sizeAt(asked: Asked, deployment: Deployment, operation: Operation): number | undefined {
  try {
    const { body, translated } = operation.request(asked, deployment)
    return translated?.emulated?.length && body instanceof Uint8Array ? body.length : undefined
  } catch (error) {
    if (error instanceof GatewayError) return undefined
    throw error
  }
}
