import { GatewayError } from '../../../src/errors'
import { chatRequest } from '../../../src/vendors/bedrock/request'
import type { TranslationTarget } from '../../../src/vendors/translation'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { ceiling } from '../ceiling'

export const ACCOUNT: Vendor = {
  name: 'bedrock',
  dialect: 'bedrock',
  conforms: false,
  baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
  credential: '',
  headers: {},
  onDisconnect: 'drain',
  timeouts: DEFAULT_TIMEOUTS,
  aws: { region: 'eu-central-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG' },
}

export const HELLO = [{ role: 'user', content: 'Hello' }]
export const NOVA = 'eu.amazon.nova-2-lite-v1:0'
export const CLAUDE = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0'

/** What goes to the vendor for this request of OpenAI's, `messages` being a greeting unless they are given. */
export function ask(request: Record<string, unknown>, model = NOVA, target: Partial<TranslationTarget> = {}) {
  const chat = readChatBody(Buffer.from(JSON.stringify({ model: 'm', messages: HELLO, ...request })))
  const sent = chatRequest(chat, {
    vendor: ACCOUNT,
    model,
    maxOutputTokens: 64_000,
    capabilities: new Set(['tools', 'vision', 'json_schema', 'reasoning']),
    ceiling,
    ...target,
  })
  // biome-ignore lint/suspicious/noExplicitAny: the vendor's whole request, of which each test reads a part
  return { ...sent, body: JSON.parse(new TextDecoder().decode(sent.body)) as any }
}

/** The refusal's code and field. */
export function refusalOf(run: () => unknown): [string | null, string | null] {
  try {
    run()
  } catch (error) {
    if (error instanceof GatewayError) return [error.code, error.param]
    throw error
  }
  throw new Error('it was not refused')
}

export const tool = (name: string, more: object = {}) => ({ type: 'function', function: { name, ...more } })
