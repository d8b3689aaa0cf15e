import { chatRequest } from '../../../src/vendors/cohere/request'
import type { TranslationTarget } from '../../../src/vendors/translation'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { ceiling } from '../ceiling'

export const ACCOUNT: Vendor = {
  name: 'cohere',
  dialect: 'cohere',
  conforms: false,
  baseUrl: 'https://api.cohere.com/v2',
  credential: 'co-secret',
  headers: { 'x-team': 'search' },
  onDisconnect: 'abort',
  timeouts: DEFAULT_TIMEOUTS,
}

export const HELLO = [{ role: 'user', content: 'Hello' }]

/** What goes to the vendor for this request of OpenAI's, `messages` being a greeting unless they are given. */
export function ask(request: Record<string, unknown>, target: Partial<TranslationTarget> = {}) {
  const chat = readChatBody(Buffer.from(JSON.stringify({ model: 'm', messages: HELLO, ...request })))
  const sent = chatRequest(chat, {
    vendor: ACCOUNT,
    model: 'command-a-reasoning-08-2025',
    maxOutputTokens: 32_000,
    capabilities: new Set(['tools', 'reasoning']),
    ceiling,
    ...target,
  })
  // biome-ignore lint/suspicious/noExplicitAny: the vendor's whole request, of which each test reads a part
  return { ...sent, body: JSON.parse(new TextDecoder().decode(sent.body)) as any }
}
