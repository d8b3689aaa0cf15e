import { chatRequest } from '../../../src/vendors/anthropic/request'
import type { TranslationTarget } from '../../../src/vendors/translation'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { ceiling } from '../ceiling'

export const ACCOUNT: Vendor = {
  name: 'anthropic',
  dialect: 'anthropic',
  conforms: false,
  baseUrl: 'https://api.anthropic.com/v1',
  credential: 'sk-ant-secret',
  headers: {},
  onDisconnect: 'abort',
  timeouts: DEFAULT_TIMEOUTS,
}

export const HELLO = [{ role: 'user', content: 'Hello' }]

export interface Sent {
  url: string
  headers: Record<string, string>
  dropped: string[]
  // biome-ignore lint/suspicious/noExplicitAny: the vendor's whole request, of which each test reads a part
  body: any
}

/** What goes to the vendor for this request of OpenAI's, `messages` being a greeting unless they are given. */
export function ask(
  request: Record<string, unknown>,
  model = 'claude-opus-4-7',
  target: Partial<TranslationTarget> = {},
): Sent {
  const chat = readChatBody(Buffer.from(JSON.stringify({ model: 'm', messages: HELLO, ...request })))
  const sent = chatRequest(chat, {
    vendor: ACCOUNT,
    model,
    maxOutputTokens: 64_000,
    capabilities: new Set(['tools', 'vision', 'json_schema']),
    ceiling,
    ...target,
  })
  return { ...sent, body: JSON.parse(Buffer.from(sent.body).toString()) }
}
