import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { claude, JSON_HEAD, MESSAGE, SSE, say, startMixed } from './messages-text'
import type { TestGateway } from './start-gateway'

/** Regression cases of other gateways, by what was wrong there: OpenAI's own client in front, Anthropic's dialect behind. */
const MODELS = ['claude-opus-4-7', 'claude-opus-5-5'] as const
let vendor: Vendor
let gateways: Record<(typeof MODELS)[number], TestGateway>
beforeAll(async () => {
  vendor = await startVendor()
  const start = (deployment: string) =>
    startMixed({ vendors: { anthropic: vendor.url }, deployment, capabilities: ['streaming', 'tools'] })
  gateways = { 'claude-opus-4-7': start(MODELS[0]), 'claude-opus-5-5': start(MODELS[1]) }
})
afterAll(async () => {
  for (const gateway of Object.values(gateways)) await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  for (const gateway of Object.values(gateways)) await gateway.forgetRecords()
  await vendor.clear()
})

const ASK = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }
const USAGE = { stream_options: { include_usage: true } }
const TOOL = {
  type: 'function' as const,
  function: { name: 'f', parameters: { type: 'object', properties: {} } },
}

function clientOf({ url, key }: TestGateway): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 })
}

async function script(steps: Step[], model: (typeof MODELS)[number] = MODELS[0]) {
  await vendor.script(model, steps)
  const gateway = gateways[model]
  return { gateway, client: clientOf(gateway) }
}

const whole = (members: object): Step[] => [JSON_HEAD, { text: JSON.stringify({ ...MESSAGE, ...members }) }]
const head = claude([]).slice(0, 2)
const tail = (stop_reason: string, usage: object = { output_tokens: 9 }) => [
  say({ type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage }),
  say({ type: 'message_stop' }),
]
const call = (index: number, ...pieces: string[]) => [
  say({
    type: 'content_block_start',
    index,
    content_block: { type: 'tool_use', id: `toolu_${index}`, name: 'f', input: {} },
  }),
  ...pieces.map(partial_json =>
    say({ type: 'content_block_delta', index, delta: { type: 'input_json_delta', partial_json } }),
  ),
  say({ type: 'content_block_stop', index }),
]
const text = (index: number, said: string) => [
  say({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } }),
  say({ type: 'content_block_delta', index, delta: { type: 'text_delta', text: said } }),
  say({ type: 'content_block_stop', index }),
]

async function streamed(client: OpenAI, request: object = {}) {
  const chunks: OpenAI.ChatCompletionChunk[] = []
  for await (const chunk of await client.chat.completions.create({ ...ASK, ...request, stream: true }))
    chunks.push(chunk)
  return chunks
}

test('case 1: a call without arguments has an empty object of them', async () => {
  const { client } = await script([...head, ...call(0, ''), ...tail('tool_use')])
  const answer = await client.chat.completions.stream({ ...ASK, tools: [TOOL] }).finalChatCompletion()
  const [called] = answer.choices[0]!.message.tool_calls!
  expect(called).toMatchObject({ id: 'toolu_0', function: { name: 'f', arguments: '{}' } })
  expect(answer.choices[0]!.finish_reason).toBe('tool_calls')
})

test('case 2: calls are counted from 0, whatever block they are', async () => {
  const { client } = await script([
    ...head,
    ...text(0, 'ok'),
    ...call(1, '{"a":1}'),
    ...call(2, '{"b":2}'),
    ...tail('tool_use'),
  ])
  const chunks = await streamed(client, { tools: [TOOL] })
  const calls = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? [])
  expect(calls.map(({ index, function: { arguments: args } = {} }) => [index, args])).toEqual([
    [0, ''],
    [0, '{"a":1}'],
    [1, ''],
    [1, '{"b":2}'],
  ])
})

test('case 3: a prompt that is revised at the end is billed as revised', async () => {
  const { client, gateway } = await script([
    ...head,
    ...text(0, 'pong'),
    ...tail('end_turn', { input_tokens: 61, output_tokens: 2 }),
  ])
  const usage = (await streamed(client, USAGE)).at(-1)!.usage!
  expect([usage.prompt_tokens, usage.completion_tokens]).toEqual([81, 2])
  expect((await gateway.record()).usage).toMatchObject({ inputTokens: 81, cachedInputTokens: 20 })
})

test('case 4: an answer that begins twice is told once, a second answer in it is an error', async () => {
  const { client } = await script([...head, ...head.slice(1), ...text(0, 'once'), ...tail('end_turn')])
  expect((await streamed(client)).map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('once')
  const other = say({ type: 'message_start', message: { id: 'msg_02', content: [] } })
  const spliced = await script([...head, ...text(0, 'one'), other, ...text(0, 'two'), ...tail('end_turn')])
  await expect(streamed(spliced.client)).rejects.toThrow('second answer')
})

test('case 5: a refusal is content_filter with its text', async () => {
  const { client } = await script(
    whole({ content: [], stop_reason: 'refusal', stop_details: { explanation: 'Not this.' } }),
  )
  const [choice] = (await client.chat.completions.create(ASK)).choices
  expect(choice).toMatchObject({
    finish_reason: 'content_filter',
    message: { content: null, refusal: 'Not this.' },
  })
})

test('case 6: blocks and sub-calls of a server-side fallback are not the answer', async () => {
  const fallback = { type: 'fallback', from: { model: 'claude-a' }, to: { model: 'claude-b' } }
  const usage = { output_tokens: 9, iterations: [{ type: 'fallback', input_tokens: 50, output_tokens: 50 }] }
  const { client, gateway } = await script([
    ...head,
    say({ type: 'content_block_start', index: 0, content_block: fallback }),
    say({ type: 'content_block_stop', index: 0 }),
    ...text(1, 'served'),
    ...tail('end_turn', usage),
  ])
  expect((await streamed(client)).map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
    'served',
  )
  expect((await gateway.record()).usage).toMatchObject({ inputTokens: 30, outputTokens: 9 })
})

test('case 7: pings and events that nobody knows yet make no difference', async () => {
  const noise = [say({ type: 'ping' }), say({ type: 'something_new', index: 7 }), { chunk: ': comment' }]
  const { client } = await script([
    SSE,
    ...noise,
    ...head.slice(1),
    ...noise,
    ...text(0, 'a'),
    ...noise,
    ...tail('end_turn'),
    ...noise,
  ])
  expect((await streamed(client)).map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('a')
})

test('case 8: an overload that comes as the first event of a 200 is a 503, and the next vendor is asked', async () => {
  const overloaded = say({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
  const { client } = await script([SSE, overloaded])
  await expect(streamed(client)).rejects.toMatchObject({ status: 503, code: 'upstream_unavailable' })
  const both = startMixed({
    vendors: { anthropic: vendor.url, 'anthropic-second': vendor.url },
    deployment: MODELS[0],
  })
  try {
    await vendor.script(MODELS[0], [SSE, overloaded], claude(['ok']))
    const chunks = await streamed(clientOf(both))
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('ok')
    expect((await both.record()).attempts).toHaveLength(2)
  } finally {
    await both.stop()
  }
})

test('case 9: an end without a last word is an error, never a silent stop', async () => {
  const { client, gateway } = await script([...head, ...text(0, 'half')])
  await expect(streamed(client)).rejects.toThrow('in the middle of the answer')
  expect(await gateway.record()).toMatchObject({ outcome: 'error', usageSource: 'mixed' })
  const said = await script([...head, ...text(0, 'whole'), tail('end_turn')[0]!])
  expect((await streamed(said.client)).at(-1)!.choices[0]!.finish_reason).toBe('stop')
})

test('case 10: cached tokens are counted once', async () => {
  const usage = {
    input_tokens: 10,
    cache_read_input_tokens: 200,
    cache_creation_input_tokens: 30,
    output_tokens: 4,
  }
  const { client, gateway } = await script(whole({ usage }))
  const answer = await client.chat.completions.create(ASK)
  expect(answer.usage).toMatchObject({
    prompt_tokens: 240,
    completion_tokens: 4,
    total_tokens: 244,
    prompt_tokens_details: { cached_tokens: 200 },
  })
  // 40 × 2.5 + 200 × 0.25 + 4 × 10 micro-dollars.
  expect((await gateway.record()).costPicoUsd).toBe(190_000_000n)
})

test('case 11: a temperature that the model refuses is left out, and that is said', async () => {
  const { client } = await script(whole({}))
  const { response } = await client.chat.completions
    .create({ ...ASK, temperature: 0.2, seed: 1 })
    .withResponse()
  expect(response.headers.get('x-callmissed-dropped-params')).toBe('seed, temperature')
  expect((await vendor.calls())[0]!.body!.toString()).not.toContain('temperature')
})

test('case 12: a call that the model cannot be forced to is asked for', async () => {
  const { client } = await script(whole({}), MODELS[1])
  await client.chat.completions.create({ ...ASK, tools: [TOOL], tool_choice: 'required' })
  const sent = JSON.parse((await vendor.calls())[0]!.body!.toString())
  expect([sent.tool_choice, sent.system[0].text]).toEqual([
    { type: 'auto' },
    expect.stringContaining('calling at least one'),
  ])
})

test('case 14: tools that are too strict for the vendor are asked for once more, free, and that is said', async () => {
  const tooStrict = {
    type: 'invalid_request_error',
    message: 'Schemas contains too many parameters with union types (17 of 16)',
  }
  const refusal: Step[] = [
    { status: 400, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify({ type: 'error', error: tooStrict }) },
  ]
  const strict = { ...TOOL, function: { ...TOOL.function, strict: true } }
  const { client, gateway } = await script(refusal)
  await vendor.clear()
  await vendor.script(MODELS[0], refusal, whole({}))
  const { data, response } = await client.chat.completions.create({ ...ASK, tools: [strict] }).withResponse()
  expect(data.choices[0]!.message.content).toBe('Hello')
  expect(response.headers.get('x-callmissed-dropped-params')).toBe('tools.function.strict')
  const sent = (await vendor.calls()).map(({ body }) => JSON.parse(body!.toString()).tools[0].strict)
  expect(sent).toEqual([true, undefined])
  expect((await gateway.record()).attempts.map(({ status }) => status)).toEqual([400, 200])
  // A second refusal is the caller's.
  await gateway.forgetRecords()
  await vendor.clear()
  await vendor.script(MODELS[0], refusal)
  const error = await client.chat.completions
    .create({ ...ASK, tools: [strict] })
    .catch((thrown: unknown) => thrown)
  expect([(error as { status: number }).status, (await vendor.calls()).length]).toEqual([400, 2])
})

test('a prompt that is too long is context_length_exceeded, and nobody else is asked', async () => {
  const said = { type: 'invalid_request_error', message: 'prompt is too long: 2 tokens > 1 maximum' }
  const { client } = await script([
    { status: 400, headers: { 'content-type': 'application/json' } },
    { text: JSON.stringify({ type: 'error', error: said }) },
  ])
  const error = await client.chat.completions.create(ASK).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded' })
  expect(await vendor.calls()).toHaveLength(1)
})

test('case 34: a caller who leaves is recorded once, billed by the prompt’s figures and what was seen', async () => {
  const { client, gateway } = await script([...head, ...text(0, 'some words'), { stall: true }])
  const stream = await client.chat.completions.create({ ...ASK, stream: true })
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
  const [asked] = await vendor.calls()
  await vendor.waitForClosed(asked!.id)
  const record = await gateway.record()
  expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'mixed' })
  expect(record.usage).toMatchObject({ inputTokens: 30, cachedInputTokens: 20 })
  expect(record.usage!.outputTokens).toBeGreaterThan(0)
})

test('case 35: several answers are several requests, numbered and summed', async () => {
  const { client, gateway } = await script(whole({}))
  const answer = await client.chat.completions.create({ ...ASK, n: 3 })
  expect(answer.choices.map(({ index, message }) => [index, message.content])).toEqual([
    [0, 'Hello'],
    [1, 'Hello'],
    [2, 'Hello'],
  ])
  expect(answer.usage).toMatchObject({ prompt_tokens: 90, completion_tokens: 12 })
  expect((await vendor.calls()).length).toBe(3)
  expect((await gateway.record()).usage).toMatchObject({ inputTokens: 90, outputTokens: 12 })
})
