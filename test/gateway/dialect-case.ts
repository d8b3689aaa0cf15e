import OpenAI from 'openai'
import { VENDORS } from '../../src/catalog/vendors'
import { DEFAULT_TIMEOUTS } from '../../src/vendors/vendor'
import { type Heard, heardInAnswer, heardInChunks } from '../recordings/said'
import { type Call, startVendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { CREDENTIAL } from './catalog-of'
import { JSON_HEAD } from './messages-text'
import { startGateway, type TestGateway } from './start-gateway'

export type Asked = Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>
export const HI: OpenAI.ChatCompletionMessageParam = { role: 'user', content: 'Hi' }

/** A vendor of one dialect, and OpenAI's own client at a gateway before it. */
export interface Spoken {
  gateway: TestGateway
  /** A client whose calls the vendor answers by these steps. */
  script(steps: Step[]): Promise<OpenAI.Chat.Completions>
  whole(answer: object, asked?: Asked): Promise<Heard>
  chunks(steps: Step[], asked?: Asked): Promise<OpenAI.ChatCompletionChunk[]>
  streamed(steps: Step[], asked?: Asked): Promise<Heard>
  /** The last call that the vendor got, and its body. */
  // biome-ignore lint/suspicious/noExplicitAny: of each vendor's request a test reads a part
  sent(): Promise<{ call: Call; body: any }>
  stop(): Promise<void>
}

/** By the name of `catalog/vendors.ts` and the vendor's own id of a model. */
export async function speak(name: string, deployment: string): Promise<Spoken> {
  const vendor = await startVendor()
  const gateway = gatewayBefore(name, deployment, vendor.url)
  const script = async (steps: Step[]) => {
    await gateway.forgetRecords()
    await vendor.clear()
    await vendor.script('case', steps)
    return new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 }).chat.completions
  }
  const chunks = async (steps: Step[], asked: Asked = {}) => {
    const completions = await script(steps)
    const options = { stream: true, stream_options: { include_usage: true } } as const
    return Array.fromAsync(await completions.create({ model: 'm', messages: [HI], ...asked, ...options }))
  }
  return {
    gateway,
    script,
    chunks,
    streamed: async (steps, asked) => heardInChunks(await chunks(steps, asked)),
    async whole(answer, asked = {}) {
      const completions = await script([JSON_HEAD, { text: JSON.stringify(answer) }])
      return heardInAnswer(await completions.create({ model: 'm', messages: [HI], ...asked }))
    },
    async sent() {
      const call = (await vendor.calls()).at(-1)!
      return { call, body: JSON.parse(call.body!.toString()) }
    },
    async stop() {
      await gateway.stop()
      await vendor.stop()
    },
  }
}

function gatewayBefore(name: string, deployment: string, url: string): TestGateway {
  const { keyVariable: _, ...facts } = VENDORS.find(known => known.name === name)!
  return startGateway({
    vendors: { [name]: url },
    deployment,
    capabilities: ['streaming', 'tools', 'parallel_tools', 'json_mode'],
    account: ({ baseUrl }) => ({
      ...facts,
      baseUrl,
      credential: CREDENTIAL,
      headers: { 'x-script': 'case' },
      timeouts: DEFAULT_TIMEOUTS,
      google: { project: 'p', location: 'l' },
      aws: { region: 'us-east-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    }),
  })
}

export const functionOf = (name: string) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: {} } },
})
export const callOf = (id: string, name: string) => ({
  id,
  type: 'function' as const,
  function: { name, arguments: '{}' },
})
export const resultOf = (id: string): OpenAI.ChatCompletionMessageParam => ({
  role: 'tool',
  tool_call_id: id,
  content: 'done',
})
export const assistant = (more: object) =>
  ({ role: 'assistant', content: null, ...more }) as OpenAI.ChatCompletionMessageParam
