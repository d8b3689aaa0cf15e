import { compatible } from '../../../src/vendors/compatible/adapter'
import type { CompatibleFacts } from '../../../src/vendors/compatible/facts'
import { FAMILY } from '../../../src/vendors/compatible/family'
import { DEFAULT_TIMEOUTS, type Vendor } from '../../../src/vendors/vendor'
import type { ChatEvent } from '../../../src/wire/chat-event'
import { readChatBody } from '../../../src/wire/read-chat-body'
import { ceiling } from '../ceiling'

export const factsOf = (vendor: string): CompatibleFacts => FAMILY[vendor]!

/** What a stream of these chunks says, up to the vendor's closing. */
export function read(facts: CompatibleFacts, chunks: readonly (object | string)[]): ChatEvent[] {
  const stream = compatible(facts).translation!.stream()
  const said = chunks.flatMap(chunk =>
    stream.push({ name: null, data: typeof chunk === 'string' ? chunk : JSON.stringify(chunk) }),
  )
  return [...said, ...stream.end()]
}

export const delta = (members: object, finish_reason: string | null = null, more: object = {}) => ({
  id: 'c',
  model: 'm-1',
  created: 3,
  choices: [{ index: 0, delta: members, finish_reason }],
  ...more,
})

export const ACCOUNT: Vendor = {
  name: 'any',
  dialect: 'openai-compatible',
  conforms: false,
  baseUrl: 'https://vendor.example/v1',
  credential: 'secret',
  headers: {},
  onDisconnect: 'abort',
  timeouts: DEFAULT_TIMEOUTS,
}

/** The request that these members become; `m` is what the vendor calls the model. */
export function ask(facts: CompatibleFacts, members: object, model = 'm', vendor: Vendor = ACCOUNT) {
  const body = { model: 'public', messages: [{ role: 'user', content: 'Hi' }], ...members }
  const request = compatible(facts).translation!.request(readChatBody(Buffer.from(JSON.stringify(body))), {
    vendor,
    model,
    maxOutputTokens: null,
    capabilities: new Set(),
    ceiling,
  })
  const sent = Buffer.from(request.body as Uint8Array).toString()
  return { ...request, sent: JSON.parse(sent) as Record<string, unknown> }
}

export const ofKind = <K extends ChatEvent['kind']>(events: readonly ChatEvent[], kind: K) =>
  events.filter((event): event is Extract<ChatEvent, { kind: K }> => event.kind === kind)
