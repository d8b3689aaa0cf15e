import type { MessagesRequest } from '../messages/request'
import { toChat } from '../messages/to-chat'
import type { Deployment } from '../routing/plan'
import { CONFORMING } from '../vendors/compatible/conforming'
import { type ChatRequest, readChatRequest } from '../wire/chat-request'
import { fetchImages, wantsImages } from './fetch-images'
import { type Sending, translate, translateIfLacking } from './translate'

/** A Messages request as a chat request, and what it lost. */
interface AsChat {
  chat: ChatRequest
  dropped: readonly string[]
}

/** However many deployments are asked, a request is rewritten once for each kind of them. */
const known = new WeakMap<MessagesRequest, Map<string, AsChat>>()

/** Whether a vendor speaks the caller's dialect, so that bytes pass. */
export function speaksMessages({ vendor }: Pick<Deployment, 'vendor'>): boolean {
  return vendor.dialect === 'anthropic'
}

/** Fetches the images that stand in the request as addresses, for vendors of its plan that do not do it themselves. */
export async function fetchMessageImages(
  asked: MessagesRequest,
  deployments: readonly Deployment[],
  signal: AbortSignal,
): Promise<void> {
  if (asked.shape.images === 0) return
  const others = deployments.filter(deployment => !speaksMessages(deployment))
  const chats = new Set(others.flatMap(deployment => chatIfAny(asked, deployment)))
  for (const chat of chats) if (wantsImages(chat, others)) await fetchImages(chat, others, signal)
}

/** A vendor that cannot be asked this is found out when it is asked: another one may be before it. */
function chatIfAny(asked: MessagesRequest, deployment: Deployment): ChatRequest[] {
  try {
    return [asChat(asked, deployment).chat]
  } catch {
    return []
  }
}

/** The request for a vendor that does not speak Anthropic's dialect: as a chat, in the dialect that it does speak. */
export function sendAsChat(asked: MessagesRequest, deployment: Deployment): Sending {
  const { chat, dropped } = asChat(asked, deployment)
  const { adapter, vendor, model } = deployment
  const sending = adapter.translation
    ? translate(chat, adapter.translation, deployment)
    : translateIfLacking(chat, deployment)
  if (sending) {
    if (!sending.translated) throw new Error('sendAsChat: a translation that is none')
    const all = [...new Set([...dropped, ...sending.translated.dropped])]
    return { ...sending, translated: { ...sending.translated, dropped: all } }
  }
  const translated = {
    translation: CONFORMING,
    dropped,
    usesFunctions: false,
    customTools: new Set<string>(),
    others: [],
  }
  return { ...adapter.chat(chat, vendor, model), translated }
}

/** Throws GatewayError naming the field, in Anthropic's words, for what cannot be said in a chat. */
export function asChat(asked: MessagesRequest, { adapter, capabilities }: Deployment): AsChat {
  const isExtended = adapter.translation !== undefined
  const canReason = capabilities.has('reasoning')
  const kinds = known.get(asked) ?? new Map<string, AsChat>()
  known.set(asked, kinds)
  const kind = `${isExtended} ${canReason}`
  const found = kinds.get(kind)
  if (found) return found
  const body: unknown = JSON.parse(Buffer.prototype.utf8Slice.call(asked.body, 0, asked.body.length))
  const { chat, dropped } = toChat(body, { isExtended, canReason })
  const made = { chat: readChatRequest(Buffer.from(JSON.stringify(chat))), dropped }
  kinds.set(kind, made)
  return made
}
