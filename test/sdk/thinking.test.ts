import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { HumanMessage, ToolMessage } from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import { isStepCount, type LanguageModel, streamText, tool } from 'ai'
import { z } from 'zod'
import { SSE, say } from '../gateway/messages-text'
import { startGateway, type TestGateway } from '../gateway/start-gateway'
import { anthropic } from '../players/anthropic'
import { gemini } from '../players/gemini'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'

/**
 * A model thinks, then calls a tool twice at once; its results are handed back. Frameworks keep of a history what they
 * know of: the thoughts as text, or none, and the vendor's seal of them mostly not. The vendor must take it all the same.
 */
const CLAUDE = 'claude-sonnet-4-5'
const GEMINI = 'gemini-3.5-flash'
let vendor: Vendor
let gateways: Record<'anthropic' | 'gemini', TestGateway>
beforeAll(async () => {
  vendor = await startVendor()
  const start = (dialect: 'anthropic' | 'gemini', deployment: string) =>
    startGateway({
      vendors: { [dialect]: vendor.url },
      deployment,
      capabilities: ['streaming', 'tools', 'parallel_tools', 'reasoning'],
      account: account => ({ ...account, dialect, conforms: false }),
    })
  gateways = { anthropic: start('anthropic', CLAUDE), gemini: start('gemini', GEMINI) }
})
afterAll(async () => {
  await gateways.anthropic.stop()
  await gateways.gemini.stop()
  await vendor.stop()
})

const block = (index: number, content_block: object, ...deltas: object[]): Step[] => [
  say({ type: 'content_block_start', index, content_block }),
  ...deltas.map(delta => say({ type: 'content_block_delta', index, delta })),
  say({ type: 'content_block_stop', index }),
]
const toolUse = (index: number, city: string) =>
  block(
    index,
    { type: 'tool_use', id: `toolu_${index}`, name: 'get_weather', input: {} },
    { type: 'input_json_delta', partial_json: JSON.stringify({ city }) },
  )
const claudeCalls: Step[] = [
  SSE,
  say({ type: 'message_start', message: { id: 'msg_1', model: CLAUDE, usage: { input_tokens: 30 } } }),
  ...block(
    0,
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'thinking_delta', thinking: 'Hm.' },
    { type: 'signature_delta', signature: 'c2ln' },
  ),
  ...toolUse(1, 'Oslo'),
  ...toolUse(2, 'Rome'),
  say({ type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 14 } }),
  say({ type: 'message_stop' }),
]

/** Its calls have no ids, and the first alone is sealed. */
const functionCall = (city: string) => ({ functionCall: { name: 'get_weather', args: { city } } })
const USAGE = { promptTokenCount: 30, candidatesTokenCount: 9, thoughtsTokenCount: 5, totalTokenCount: 44 }
const content = (parts: object[], finishReason?: string): Step => ({
  chunk: `data: ${JSON.stringify({ candidates: [{ content: { role: 'model', parts }, index: 0, finishReason }], usageMetadata: USAGE })}`,
})
const geminiCalls: Step[] = [
  SSE,
  content([{ text: 'Hm.', thought: true }]),
  content([{ ...functionCall('Oslo'), thoughtSignature: 'c2ln' }, functionCall('Rome')], 'STOP'),
]

async function script(at: keyof typeof gateways): Promise<void> {
  await gateways[at].forgetRecords()
  await vendor.clear()
  const says = { says: ['Warm.'] }
  if (at === 'anthropic') return vendor.script(CLAUDE, claudeCalls, anthropic.stream(says))
  await vendor.script(`/v1/models/${GEMINI}:streamGenerateContent`, geminiCalls, gemini.stream(says))
}

/** What the vendor was sent the second time. */
async function sentBack(): Promise<string> {
  const calls = await vendor.calls()
  expect(calls).toHaveLength(2)
  return calls[1]!.body!.toString()
}

/** At Anthropic: both calls and both results, and no thought, since none has its seal. */
function expectClaudesHistory(sent: string): void {
  const { messages, thinking } = JSON.parse(sent)
  expect(thinking).toBeUndefined()
  expect(messages[1].content).toMatchObject([
    { type: 'tool_use', id: 'toolu_1', input: { city: 'Oslo' } },
    { type: 'tool_use', id: 'toolu_2', input: { city: 'Rome' } },
  ])
  expect(messages[2].content).toMatchObject([{ tool_use_id: 'toolu_1' }, { tool_use_id: 'toolu_2' }])
}

/** At Gemini: the same, the first call sealed by this, the second not. */
function expectGeminisHistory(sent: string, seal: string): void {
  const [, called, results] = JSON.parse(sent).contents
  expect(called.parts).toMatchObject([functionCall('Oslo'), functionCall('Rome')])
  expect(called.parts.map((part: object) => 'thoughtSignature' in part && part.thoughtSignature)).toEqual([
    seal,
    false,
  ])
  expect(results.parts.map(({ functionResponse }: never) => functionResponse)).toMatchObject([
    { name: 'get_weather', response: { output: '3 °C in Oslo' } },
    { name: 'get_weather', response: { output: '3 °C in Rome' } },
  ])
}

const FOREIGN = 'skip_thought_signature_validator'
type Make = (baseURL: string, apiKey: string) => LanguageModel
const PACKAGES: [name: string, make: Make, thought: string | undefined, seal: string][] = [
  [
    '@ai-sdk/openai-compatible',
    (baseURL, apiKey) => createOpenAICompatible({ name: 'callmissed', baseURL, apiKey })('m'),
    'Hm.',
    'c2ln',
  ],
  ['@ai-sdk/openai', (baseURL, apiKey) => createOpenAI({ baseURL, apiKey }).chat('m'), undefined, FOREIGN],
]
const tools = {
  get_weather: tool({
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `3 °C in ${city}`,
  }),
}

describe.each(PACKAGES)('%s', (_, make, thought, seal) => {
  for (const at of ['anthropic', 'gemini'] as const)
    test(`thoughts and two calls at ${at} go back as it takes them`, async () => {
      await script(at)
      const { url, key } = gateways[at]
      const model = make(`${url}/v1`, key)
      const answer = streamText({ model, prompt: 'Hi', tools, stopWhen: isStepCount(2), maxRetries: 0 })
      const [first, second] = await answer.steps
      expect(first!.reasoningText).toBe(thought)
      expect(first!.toolCalls.map(({ input }) => input)).toEqual([{ city: 'Oslo' }, { city: 'Rome' }])
      expect(second!.text).toBe('Warm.')
      const sent = await sentBack()
      if (at === 'anthropic') expectClaudesHistory(sent)
      else expectGeminisHistory(sent, seal)
    })
})

describe('@langchain/openai', () => {
  for (const at of ['anthropic', 'gemini'] as const)
    test(`thoughts and two calls at ${at} go back as it takes them`, async () => {
      await script(at)
      const { url, key } = gateways[at]
      const able = new ChatOpenAI({
        model: 'm',
        apiKey: key,
        configuration: { baseURL: `${url}/v1` },
        maxRetries: 0,
      }).bindTools([{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }])
      const ask = async (history: Parameters<typeof able.stream>[0]) =>
        (await Array.fromAsync(await able.stream(history))).reduce((before, chunk) => before.concat(chunk))
      const question = new HumanMessage('Hi')
      const first = await ask([question])
      expect(first.additional_kwargs.reasoning_content).toBe('Hm.')
      const results = first.tool_calls!.map(
        ({ id, args }) => new ToolMessage({ tool_call_id: id!, content: `3 °C in ${args.city}` }),
      )
      expect((await ask([question, first, ...results])).content).toBe('Warm.')
      const sent = await sentBack()
      if (at === 'anthropic') expectClaudesHistory(sent)
      else expectGeminisHistory(sent, FOREIGN)
    })
})
