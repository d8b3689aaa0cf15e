import { chatRequest } from '../../../src/vendors/gemini/request'
import type { TranslationTarget } from '../../../src/vendors/translation'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { ceiling } from '../ceiling'

export const ACCOUNT: Vendor = {
  name: 'gemini',
  dialect: 'gemini',
  conforms: false,
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  credential: 'AIza-secret',
  headers: {},
  onDisconnect: 'drain',
  timeouts: DEFAULT_TIMEOUTS,
}

export const HELLO = [{ role: 'user', content: 'Hello' }]

/** What goes to the vendor for this request of OpenAI's, `messages` being a greeting unless they are given. */
export function ask(
  request: Record<string, unknown>,
  model = 'gemini-3.1-pro-preview',
  target: Partial<TranslationTarget> = {},
) {
  const chat = readChatBody(Buffer.from(JSON.stringify({ model: 'm', messages: HELLO, ...request })))
  const sent = chatRequest(chat, {
    vendor: ACCOUNT,
    model,
    maxOutputTokens: 65_536,
    capabilities: new Set(['tools', 'vision', 'json_schema', 'reasoning']),
    ceiling,
    ...target,
  })
  // biome-ignore lint/suspicious/noExplicitAny: the vendor's whole request, of which each test reads a part
  return { ...sent, body: JSON.parse(Buffer.from(sent.body).toString()) as any }
}
