import type { Deployment } from '../routing/plan'
import { inlineImages } from '../upstream/inline-images'
import type { ChatRequest } from '../wire/chat-request'
import { bodyOf, knowInlined } from './translate'

/** Whether an image of this chat may have to be fetched: some vendor of its plan reads no addresses. */
export function wantsImages({ shape }: ChatRequest, deployments: readonly Deployment[]): boolean {
  return (
    shape.images > 0 &&
    deployments.some(({ adapter, capabilities }) => adapter.translation?.readsImageAt && maySee(capabilities))
  )
}

/** A model that sees nothing is not asked, so nothing is fetched for it. */
function maySee(capabilities: Deployment['capabilities']): boolean {
  return capabilities.size === 0 || capabilities.has('vision')
}

/**
 * Fetches what the chat's images stand for, once for all vendors of the plan that do not do it themselves. Throws
 * GatewayError (400) naming the image that cannot be had.
 */
export async function fetchImages(
  chat: ChatRequest,
  deployments: readonly Deployment[],
  signal: AbortSignal,
): Promise<void> {
  const reads = (url: string) =>
    !/^https?:/i.test(url) || deployments.some(({ adapter }) => adapter.translation?.readsImageAt?.(url))
  knowInlined(chat, await inlineImages(bodyOf(chat), reads, signal))
}
