import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway } from './start-gateway'

let vendor: Vendor
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())

const response = {
  id: 'resp_1',
  object: 'response',
  model: 'gpt-5.5-pro',
  created_at: 1_790_000_000,
  status: 'completed',
  usage: {
    input_tokens: 1_000,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: 100,
    output_tokens_details: { reasoning_tokens: 90 },
    total_tokens: 1_100,
  },
}
const event = (type: string, more: object) => ({
  chunk: `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}`,
})

test('a model that only Responses has is chatted with as any other', async () => {
  const gateway = startGateway({
    vendors: { openai: vendor.url },
    deployment: 'gpt-5.5-pro',
    model: { endpoints: ['responses'] },
  })
  try {
    await vendor.script('gpt-5.5-pro', [
      { status: 200, headers: { 'content-type': 'text/event-stream' } },
      event('response.created', { response }),
      event('response.output_text.delta', { delta: 'Four' }),
      event('response.output_text.delta', { delta: '.' }),
      event('response.completed', { response }),
    ])
    const client = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
    const stream = await client.chat.completions.create({
      model: 'm',
      messages: [{ role: 'user', content: 'Two and two?' }],
      stream: true,
      stream_options: { include_usage: true },
    })
    let text = ''
    let cost: unknown
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      cost = (chunk.usage as { cost_usd?: number } | null)?.cost_usd ?? cost
    }
    expect([text, cost]).toEqual(['Four.', 0.0035])
    const [call] = await vendor.calls()
    expect(call?.path).toBe('/v1/responses')
    expect(JSON.parse(call?.body?.toString() ?? '')).toMatchObject({
      model: 'gpt-5.5-pro',
      store: false,
      stream: true,
    })
    expect(await gateway.record()).toMatchObject({
      endpoint: 'chat.completions',
      outcome: 'ok',
      usageSource: 'vendor',
      usage: { inputTokens: 1_000, outputTokens: 100, reasoningTokens: 90 },
    })
  } finally {
    await gateway.stop()
  }
})
