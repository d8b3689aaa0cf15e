import { allRecorded, jsonRecorded } from '../recorded'
import { DIALECTS } from './chats'
import type { Json } from './json'

/** What a recording's sender asked for. */
export interface RecordedRequest {
  /** The vendor's own id. */
  model: string
  /** The chat of OpenAI's that it stands for. */
  chat: Json
  /** What we send for it: the same, but for what we always say otherwise. */
  sent: { resource: string; body: Json }
}

const all = new Set(allRecorded())

/** Undefined where it was not recorded. */
export function requestIn(path: string, dialect: string): RecordedRequest | undefined {
  const sibling = (kind: string) => path.replace(/\.res\.\w+$/, `.${kind}.json`)
  if (dialect === 'anthropic' || path === sibling('req') || !all.has(sibling('req'))) return undefined
  const request = jsonRecorded<Json>(sibling('req'))
  const { url } = jsonRecorded<{ url: string }>(sibling('meta'))
  const { chatOf, otherwise = whole => whole } = DIALECTS[dialect] ?? DIALECTS.family!
  const { model, ...chat } = chatOf(request, url)
  return { model, chat, sent: { resource: resourceOf(url), body: otherwise(request) } }
}

/** The last word of an address. */
export const resourceOf = (url: string) => decodeURIComponent(/([^/?]+)(?:\?.*)?$/.exec(url)![1]!)
