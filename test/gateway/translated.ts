import type { Vendor as Account } from '../../src/vendors/vendor'
import type { Step } from '../vendor/step'
import { scriptedWorld } from './scripted'
import type { GatewayOptions, TestGateway } from './start-gateway'

/** The vendor's id of the tests' model. */
export const UPSTREAM = 'm-2026-01'
export const JSON_HEAD: Step = { status: 200, headers: { 'content-type': 'application/json' } }
export const SSE_HEAD: Step = { status: 200, headers: { 'content-type': 'text/event-stream' } }

export type Change = Partial<Account>
export const MINE: Change = { dialect: 'openai-compatible', conforms: false }

export const ASK = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
export const STREAM = { ...ASK, stream: true, stream_options: { include_usage: true } }

export const event = (data: object | string): Step => ({
  bytes: Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`),
})
export const delta = (members: object, finish_reason: string | null = null) =>
  event({ id: 'c', created: 7, model: 'v', choices: [{ index: 0, delta: members, finish_reason }] })
export const usageOf = (input: number, output: number) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
})
export const said = (text: string, usage?: object): Step[] => [
  SSE_HEAD,
  delta({ role: 'assistant', content: '' }),
  delta({ content: text }),
  delta({}, 'stop'),
  ...(usage ? [event({ id: 'c', choices: [], usage })] : []),
  event('[DONE]'),
]
export const whole = (text: string, usage: object): Step[] => [
  JSON_HEAD,
  {
    bytes: Buffer.from(
      JSON.stringify({
        id: 'c',
        created: 7,
        model: 'v',
        choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
        usage,
      }),
    ),
  },
]
export const refusal = (status: number, error: object): Step[] => [
  { status, headers: { 'content-type': 'application/json' } },
  { bytes: Buffer.from(JSON.stringify({ error })) },
]

export interface Chunk {
  id: string
  error?: { code: string; message: string }
  choices: { index: number; delta: { content?: string }; finish_reason: string | null }[]
  usage?: { prompt_tokens: number; completion_tokens: number } | null
}

export function chunksOf(text: string): Chunk[] {
  return text
    .split('\n\n')
    .filter(each => each.startsWith('data: {'))
    .map(each => JSON.parse(each.slice(6)))
}

export const contentOf = (chunks: Chunk[], index: number) =>
  chunks
    .flatMap(({ choices }) => choices ?? [])
    .filter(choice => choice.index === index)
    .map(({ delta: { content } }) => content ?? '')
    .join('')

/** The vendor of a file's tests, and gateways whose model is served by these accounts, in this order, all at that vendor. */
export function translatedWorld() {
  const world = scriptedWorld()
  return {
    world,
    gatewayOf: (accounts: Record<string, Change>, options: Partial<GatewayOptions> = {}): TestGateway =>
      world.open({
        vendors: Object.fromEntries(Object.keys(accounts).map(name => [name, world.vendor.url])),
        capabilities: ['streaming', 'tools'],
        account: given => ({ ...given, ...accounts[given.name] }),
        ...options,
      }),
  }
}
