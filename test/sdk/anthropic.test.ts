import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic, {
  APIError,
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from '@anthropic-ai/sdk'
import { JSON_HEAD, startMixed } from '../gateway/messages-text'
import type { TestGateway } from '../gateway/start-gateway'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { VENDORS, whole } from './anthropic-answers'

let vendor: Vendor
let gateways: Record<'anthropic' | 'acme', TestGateway>
beforeAll(async () => {
  vendor = await startVendor()
  const capabilities = ['streaming', 'tools', 'json_schema', 'vision', 'reasoning'] as const
  gateways = {
    anthropic: startMixed({ vendors: { anthropic: vendor.url }, capabilities: [...capabilities] }),
    acme: startMixed({ vendors: { acme: vendor.url }, capabilities: [...capabilities] }),
  }
})
afterAll(async () => {
  await gateways.anthropic.stop()
  await gateways.acme.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateways.anthropic.forgetRecords()
  await gateways.acme.forgetRecords()
  await vendor.clear()
})

/** Anthropic's own client with nothing changed but its base URL and its key. */
function client(at: keyof typeof gateways, options: object = {}): Anthropic {
  const { url, key } = gateways[at]
  return new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0, ...options })
}

const script = (...scripts: [Step[], ...Step[][]]) => vendor.script('m-2026-01', ...scripts)
const ASK = { model: 'm', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hi' }] }
const WEATHER: Anthropic.Tool = {
  name: 'get_weather',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}

describe.each(VENDORS)('a model at %s', (at, answers) => {
  test('creates a message, with its figures, its cost and the request’s id', async () => {
    await script(answers.hello)
    const message = await client(at).messages.create(ASK)
    expect(message.content).toMatchObject([{ type: 'text', text: 'Hello' }])
    expect(message.stop_reason).toBe('end_turn')
    expect(message.usage.output_tokens).toBeGreaterThan(0)
    const { cost_usd: costUsd } = message.usage as unknown as { cost_usd: number }
    const record = await gateways[at].record()
    expect(BigInt(Math.round(costUsd * 1e12))).toBe(record.costPicoUsd)
    expect(message._request_id).toBe(record.requestId)
  })

  test('streams: every event, the text and the whole message', async () => {
    await script(answers.stream)
    const stream = client(at).messages.stream(ASK)
    const texts: string[] = []
    stream.on('text', text => texts.push(text))
    const message = await stream.finalMessage()
    expect(texts).toEqual(['Hel', 'lo'])
    expect(message.content).toMatchObject([{ type: 'text', text: 'Hello' }])
    expect([message.stop_reason, message.usage.output_tokens]).toEqual(['end_turn', 2])
  })

  test('streams raw events, the cost in the last delta', async () => {
    await script(answers.stream)
    const types: string[] = []
    let costUsd: unknown
    for await (const event of await client(at).messages.create({ ...ASK, stream: true })) {
      types.push(event.type)
      if (event.type === 'message_delta') costUsd = (event.usage as { cost_usd?: number }).cost_usd
    }
    expect([types[0], types.at(-1)]).toEqual(['message_start', 'message_stop'])
    expect(costUsd).toBeGreaterThan(0)
  })

  test('calls a tool and takes its result', async () => {
    await script(answers.calls, answers.hello)
    const first = await client(at).messages.create({
      ...ASK,
      tools: [WEATHER],
      tool_choice: { type: 'auto' },
    })
    expect(first.stop_reason).toBe('tool_use')
    expect(first.content).toMatchObject([{ type: 'tool_use', id: 'toolu_1', input: { city: 'Oslo' } }])
    const second = await client(at).messages.create({
      ...ASK,
      tools: [WEATHER],
      messages: [
        ...ASK.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: '3 °C' }] },
      ],
    })
    expect(second.content).toMatchObject([{ text: 'Hello' }])
    const sent = (await vendor.calls())[1]!.body!.toString()
    expect(sent).toContain('toolu_1')
    expect(sent).toContain('3 °C')
  })

  test('thinks aloud, and the thoughts can be handed back', async () => {
    await script(answers.thinks, answers.hello)
    const thinking = { type: 'enabled' as const, budget_tokens: 1024 }
    const request = { ...ASK, max_tokens: 2048, thinking, tools: [WEATHER] }
    const first = await client(at).messages.stream(request).finalMessage()
    expect(first.content).toMatchObject([
      { type: 'thinking', thinking: 'Hm.' },
      { type: 'tool_use', input: { city: 'Oslo' } },
    ])
    const second = await client(at).messages.create({
      ...request,
      messages: [
        ...ASK.messages,
        { role: 'assistant', content: first.content },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'cold' }] },
      ],
    })
    expect(second.content).toMatchObject([{ text: 'Hello' }])
  })

  test('sees images', async () => {
    await script(answers.hello)
    const data = 'iVBORw0KGgo='
    await client(at).messages.create({
      ...ASK,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data } },
            { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
            { type: 'text', text: 'What is it?' },
          ],
        },
      ],
    })
    const sent = (await vendor.calls())[0]!.body!.toString()
    expect(sent).toContain(data)
    expect(sent).toContain('https://example.com/a.png')
    expect((await gateways[at].record()).shape.images).toBe(2)
  })

  test('a stream that is aborted is one cancelled record', async () => {
    await script([
      ...answers.stream.slice(0, answers.firstWord),
      { wait: 200 },
      ...answers.stream.slice(answers.firstWord),
    ])
    const stream = await client(at).messages.create({ ...ASK, stream: true })
    for await (const event of stream) if (event.type === 'content_block_delta') break
    const record = await gateways[at].record()
    expect([record.outcome, gateways[at].records.length]).toEqual(['cancelled', 1])
  })

  test('a stream that breaks throws, with our code', async () => {
    await script([...answers.stream.slice(0, answers.firstWord), { close: true }])
    const stream = await client(at).messages.create({ ...ASK, stream: true })
    const reading = (async () => {
      for await (const _ of stream);
    })()
    const error = (await reading.catch((thrown: unknown) => thrown)) as APIError
    expect(error).toBeInstanceOf(APIError)
    expect(JSON.stringify(error.error)).toContain('upstream_error')
  })

  test('the answer can be structured', async () => {
    await script(answers.hello)
    const schema = { type: 'object', properties: {}, additionalProperties: false }
    await client(at).messages.create({ ...ASK, output_config: { format: { type: 'json_schema', schema } } })
    expect((await vendor.calls())[0]!.body!.toString()).toContain('"json_schema"')
  })
})

const refusal = (status: number, headers: Record<string, string> = {}): Step[] => [
  { status, headers: { 'content-type': 'application/json', ...headers } },
  { text: JSON.stringify({ type: 'error', error: { type: 'x', message: 'As scripted.' } }) },
]

test.each([
  [400, BadRequestError, 'invalid_request_error', 1],
  [401, InternalServerError, 'api_error', 3],
  [404, InternalServerError, 'api_error', 1],
  [429, RateLimitError, 'rate_limit_error', 3],
  [500, InternalServerError, 'api_error', 3],
  [529, InternalServerError, 'overloaded_error', 3],
] as const)(
  'a vendor’s %i is thrown as what it is, after as many tries as make sense',
  async (status, kind, type, calls) => {
    await script(refusal(status, { 'retry-after-ms': '5' }))
    const error = await client('anthropic', { maxRetries: 2 })
      .messages.create(ASK)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(kind)
    expect((error as APIError).type).toBe(type)
    expect(await vendor.calls()).toHaveLength(calls)
  },
  20_000,
)

test('a wrong key, an unknown model and a bad request are the client’s own errors', async () => {
  const wrong = client('acme', { apiKey: 'cm_live_wrong' }).messages.create(ASK)
  expect(await wrong.catch((thrown: unknown) => thrown)).toBeInstanceOf(AuthenticationError)
  const unknown = client('acme').messages.create({ ...ASK, model: 'none' })
  expect(await unknown.catch((thrown: unknown) => thrown)).toBeInstanceOf(NotFoundError)
  const bad = client('acme').messages.create({ ...ASK, messages: [] })
  expect(await bad.catch((thrown: unknown) => thrown)).toBeInstanceOf(BadRequestError)
})

test('a request that is aborted before it is answered throws as aborted', async () => {
  await script([{ wait: 300 }, ...whole({})])
  const leaving = new AbortController()
  const asking = client('anthropic').messages.create(ASK, { signal: leaving.signal })
  await vendor.waitForCall('m-2026-01')
  leaving.abort()
  expect(await asking.catch((thrown: unknown) => thrown)).toBeInstanceOf(APIUserAbortError)
  expect((await gateways.anthropic.record()).outcome).toBe('cancelled')
})

test('a token instead of a key will do, and tokens are counted', async () => {
  await script([JSON_HEAD, { text: '{"input_tokens":14}' }])
  const { url, key } = gateways.anthropic
  const bearer = new Anthropic({ apiKey: null, authToken: key, baseURL: url, maxRetries: 0 })
  const { model, messages } = ASK
  expect((await bearer.messages.countTokens({ model, messages })).input_tokens).toBe(14)
  expect((await client('acme').messages.countTokens({ model, messages })).input_tokens).toBeGreaterThan(3)
})

test('betas reach the vendor with what they allow', async () => {
  await script(whole({}))
  await client('anthropic').beta.messages.create({
    ...ASK,
    betas: ['context-management-2025-06-27'],
    context_management: { edits: [] },
  })
  const [call] = await vendor.calls()
  expect(Object.fromEntries(call!.headers)['anthropic-beta']).toContain('context-management-2025-06-27')
  expect(call!.body!.toString()).toContain('context_management')
})
