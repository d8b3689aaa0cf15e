import type { Capability } from '../../src/catalog/model'
import type { Vendor as Account } from '../../src/vendors/vendor'
import type { Step } from '../vendor/step'
import { type ScriptedWorld, scriptedWorld } from './scripted'
import type { GatewayOptions, TestGateway } from './start-gateway'
import { line, STREAM_HEAD } from './stream-text'

/** The vendor's id of the tests' model. */
export const UPSTREAM = 'm-2026-01'
/** In pico-dollars a token: $2.50 and $10 for a million. */
export const INPUT = 2_500_000n
export const OUTPUT = 10_000_000n

export const usageOf = (input: number, output: number) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
})

/** A whole answer of these words. */
export const whole = (text: string, usage = usageOf(100, 10), finish = 'stop', more: object = {}): Step[] => [
  { status: 200, headers: { 'content-type': 'application/json' } },
  {
    text: JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_780_000_000,
      model: UPSTREAM,
      choices: [{ index: 0, message: { role: 'assistant', content: text, ...more }, finish_reason: finish }],
      usage,
    }),
  },
]

/** The same as a stream, a chunk for each piece. */
export const streamed = (pieces: readonly string[], usage = usageOf(100, 10), finish = 'stop'): Step[] => [
  STREAM_HEAD,
  { chunk: line({ role: 'assistant', content: '' }) },
  ...pieces.map((content): Step => ({ chunk: line({ content }) })),
  { chunk: line({}, {}, finish) },
  { chunk: line({}, { choices: [], usage }) },
  { chunk: 'data: [DONE]' },
]

export const CITY = {
  type: 'json_schema',
  json_schema: {
    name: 'city',
    strict: true,
    schema: {
      type: 'object',
      properties: { name: { type: 'string' }, people: { type: 'integer' } },
      required: ['name', 'people'],
      additionalProperties: false,
    },
  },
}
export const OSLO = '{"name":"Oslo","people":709037}'
export const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Tells the weather.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}
export const ASK = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }

export interface Sent {
  messages: { role: string; content: string }[]
  tools?: unknown
  tool_choice?: unknown
  response_format?: { type: string; json_schema?: { schema: unknown } }
  [member: string]: unknown
}

export interface Completion {
  choices: {
    finish_reason: string
    message: {
      content: string | null
      tool_calls?: { id: string; type: string; function: { name: string; arguments: string } }[]
    }
  }[]
  usage: Record<string, number>
  error?: { code: string; message: string; param: string | null }
}

/** One request, and the header that says what was emulated for it. */
export async function ask(gateway: TestGateway, body: object) {
  const response = await gateway.chat({ ...ASK, ...body })
  const answer = (await response.json()) as Completion
  return { response, answer, header: response.headers.get('x-callmissed-emulated-params') }
}

/** The vendor of a file's tests, and gateways whose model can do so much and no more. */
export function emulatedWorld() {
  const world: ScriptedWorld = scriptedWorld()
  return {
    world,
    /** At a vendor that conforms. */
    gatewayOf: (
      capabilities: Capability[],
      account: Partial<Account> = {},
      options: Partial<GatewayOptions> = {},
    ): TestGateway =>
      world.open({
        vendors: { [account.name ?? 'acme']: world.vendor.url },
        capabilities: ['streaming', ...capabilities],
        account: given => ({ ...given, ...account }),
        ...options,
      }),
    /** The bodies that the vendor got. */
    sent: async (): Promise<Sent[]> =>
      (await world.vendor.calls()).map(({ body }) => JSON.parse(body!.toString()) as Sent),
  }
}
