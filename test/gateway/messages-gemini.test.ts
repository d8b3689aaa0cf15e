import { afterAll, beforeAll, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { SSE } from './messages-text'
import { startGateway, type TestGateway } from './start-gateway'

/** Anthropic's client in front of Gemini: what Gemini wants back travels with the history, sealed. */
let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({
    vendors: { gemini: vendor.url },
    deployment: 'gemini-3.5-flash',
    capabilities: ['streaming', 'tools', 'reasoning'],
    account: account => ({ ...account, dialect: 'gemini', conforms: false }),
  })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})

const chunk = (parts: object[], usage: object, finishReason?: string): Step => ({
  chunk: `data: ${JSON.stringify({
    candidates: [{ content: { parts, role: 'model' }, index: 0, ...(finishReason && { finishReason }) }],
    usageMetadata: usage,
    modelVersion: 'gemini-3.5-flash',
    responseId: 'r-1',
  })}`,
})
const call = (name: string, signature?: string) => ({
  functionCall: { name, args: { city: 'Rome' } },
  ...(signature && { thoughtSignature: signature }),
})
const CALLS = [
  SSE,
  chunk([{ text: 'Rome, perhaps.', thought: true }], { promptTokenCount: 80, totalTokenCount: 80 }),
  chunk(
    [call('weather', 'c2ln'), call('news')],
    { promptTokenCount: 80, candidatesTokenCount: 24, thoughtsTokenCount: 41, totalTokenCount: 145 },
    'STOP',
  ),
]
const SAYS = [
  SSE,
  chunk([{ text: 'Warm.' }], { promptTokenCount: 90, candidatesTokenCount: 2, totalTokenCount: 92 }, 'STOP'),
]

test('a signature that Gemini gave with a call is back at that call in the next turn', async () => {
  const tools: Anthropic.Tool[] = ['weather', 'news'].map(name => ({
    name,
    input_schema: { type: 'object', properties: { city: { type: 'string' } } },
  }))
  const client = new Anthropic({ apiKey: gateway.key, baseURL: gateway.url, maxRetries: 0 })
  const messages: Anthropic.MessageParam[] = [{ role: 'user', content: 'Where is it warm?' }]
  const request = { model: 'm', max_tokens: 100, tools }
  await vendor.script('gemini-3.5-flash', CALLS, SAYS)
  await vendor.script('/v1/models/gemini-3.5-flash:streamGenerateContent', CALLS, SAYS)

  const first = await client.messages.stream({ ...request, messages }).finalMessage()
  expect(first.stop_reason).toBe('tool_use')
  const calls = first.content.filter(block => block.type === 'tool_use')
  expect(calls.map(({ name, input }) => [name, input])).toEqual([
    ['weather', { city: 'Rome' }],
    ['news', { city: 'Rome' }],
  ])
  expect(first.content[0]).toMatchObject({ type: 'thinking', thinking: 'Rome, perhaps.' })
  expect(first.usage).toMatchObject({ input_tokens: 80, output_tokens: 65 })

  messages.push(
    { role: 'assistant', content: first.content },
    {
      role: 'user',
      content: calls.map(({ id }) => ({ type: 'tool_result', tool_use_id: id, content: '24 °C' })),
    },
  )
  const second = await client.messages.stream({ ...request, messages }).finalMessage()
  expect(second.content).toMatchObject([{ type: 'text', text: 'Warm.' }])

  const asked = await vendor.calls()
  const { contents } = JSON.parse(asked[1]!.body!.toString()) as {
    contents: { role: string; parts: object[] }[]
  }
  const turn = contents.find(({ role }) => role === 'model')!
  expect(turn.parts).toMatchObject([
    { functionCall: { name: 'weather' }, thoughtSignature: 'c2ln' },
    { functionCall: { name: 'news' } },
  ])
  expect(JSON.stringify(turn.parts.at(1))).not.toContain('thoughtSignature')
  expect((await gateway.record(2)).endpoint).toBe('messages')
})
