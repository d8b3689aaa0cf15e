import type { Vendor } from '../../src/vendors/vendor'
import type { Step } from '../vendor/step'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'

/** What a test asks for; `m` is served by every vendor of the gateway. */
export const ASK = { model: 'm', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] }

type Event = { type: string; [member: string]: unknown }

/** Vendors called `anthropic…` speak Anthropic's dialect, the others OpenAI's. */
export function startMixed(options: GatewayOptions): TestGateway {
  const account = (vendor: Vendor): Vendor =>
    vendor.name.startsWith('anthropic') ? { ...vendor, dialect: 'anthropic', conforms: false } : vendor
  return startGateway({ ...options, account: vendor => account(options.account?.(vendor) ?? vendor) })
}

export function postMessages(
  { url, key }: TestGateway,
  body: unknown,
  headers: Record<string, string> = {},
  init: RequestInit = {},
  path = '/v1/messages',
): Promise<Response> {
  return fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'x-api-key': key, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...init,
  })
}

/** The events of a stream; each is named twice alike. */
export function eventsIn(text: string): Event[] {
  return text
    .split('\n\n')
    .filter(frame => frame.includes('data: '))
    .map(frame => {
      const [name, data] = frame.split('\n')
      const event = JSON.parse(data!.slice('data: '.length)) as Event
      if (name !== `event: ${event.type}`) throw new Error(`${name} names ${event.type}`)
      return event
    })
}

export const SSE: Step = { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' } }
export const JSON_HEAD: Step = { status: 200, headers: { 'content-type': 'application/json' } }

/** An event of Anthropic's as a step of the vendor. */
export function say(event: Event): Step {
  return { chunk: `event: ${event.type}\ndata: ${JSON.stringify(event)}` }
}

/** A whole answer of Anthropic's, streamed. */
export function claude(texts: string[], usage: object = { output_tokens: texts.length }): Step[] {
  const start = {
    id: 'msg_01',
    type: 'message',
    role: 'assistant',
    model: 'claude-x',
    content: [],
    stop_reason: null,
    usage: { input_tokens: 10, cache_read_input_tokens: 20, output_tokens: 1 },
  }
  return [
    SSE,
    say({ type: 'message_start', message: start }),
    say({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    say({ type: 'ping' }),
    ...texts.map(text => say({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
    say({ type: 'content_block_stop', index: 0 }),
    say({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage }),
    say({ type: 'message_stop' }),
  ]
}

export const MESSAGE = {
  id: 'msg_01',
  type: 'message',
  role: 'assistant',
  model: 'claude-x',
  content: [{ type: 'text', text: 'Hello' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 10, cache_read_input_tokens: 20, output_tokens: 4 },
}
