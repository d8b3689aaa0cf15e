import type { ChatBody } from '../../wire/chat-body'
import { messagesRequest } from '../anthropic/request'
import { UNKNOWN } from '../compatible/family'
import { chatRequest as compatibleRequest } from '../compatible/request'
import { contentRequest, methodOf } from '../gemini/request'
import type { TranslatedRequest, TranslationTarget } from '../translation'
import type { Vendor } from '../vendor'
import { type Publisher, publisherOf } from './publisher'

const CLAUDE_VERSION = 'vertex-2023-10-16'

/** OpenAI's chat request in the dialect of the company whose model it is, at the account's project and location. */
export function chatRequest(chat: ChatBody, target: TranslationTarget): TranslatedRequest {
  return BY_PUBLISHER[publisherOf(target.model)](chat, target)
}

const BY_PUBLISHER: Record<Publisher, (chat: ChatBody, target: TranslationTarget) => TranslatedRequest> = {
  google(chat, target) {
    const { members, dropped } = contentRequest(chat, target, false)
    return sent(chat, target.vendor, `${modelPath('google', target)}:${methodOf(chat)}`, members, dropped)
  },
  anthropic(chat, target) {
    const { members, betas, dropped } = messagesRequest(chat, target)
    const path = `${modelPath('anthropic', target)}:${chat.stream ? 'streamRawPredict' : 'rawPredict'}`
    const request = sent(
      chat,
      target.vendor,
      path,
      { anthropic_version: CLAUDE_VERSION, ...members },
      dropped,
    )
    if (betas.length === 0) return request
    return { ...request, headers: { ...request.headers, 'anthropic-beta': betas.join(',') } }
  },
  /** The others are served behind OpenAI's dialect, by the id that has their company's name in it. */
  other(chat, target) {
    const { body, dropped } = compatibleRequest(chat, target, UNKNOWN)
    const members = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>
    return sent(chat, target.vendor, 'endpoints/openapi/chat/completions', members, dropped)
  },
}

function modelPath(publisher: string, { model }: TranslationTarget): string {
  return `publishers/${publisher}/models/${encodeURIComponent(model).replaceAll('%40', '@')}`
}

function sent(
  chat: ChatBody,
  vendor: Vendor,
  path: string,
  members: Record<string, unknown>,
  dropped: string[],
): TranslatedRequest {
  return {
    url: `${rootOf(vendor)}/${path}`,
    headers: {
      'content-type': 'application/json',
      accept: chat.stream ? 'text/event-stream' : 'application/json',
      ...(vendor.credential && { authorization: `Bearer ${vendor.credential}` }),
      ...vendor.headers,
    },
    body: Buffer.from(JSON.stringify(members)),
    dropped,
  }
}

/** The location `global` has no part in the host's name. */
function rootOf({ baseUrl, google }: Vendor): string {
  const base = baseUrl.replace('//global-aiplatform.', '//aiplatform.')
  if (!google) return base
  return `${base}/projects/${encodeURIComponent(google.project)}/locations/${encodeURIComponent(google.location)}`
}
