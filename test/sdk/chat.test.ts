import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { chat, textOf } from '../vendor/chat'
import { ASK, type Scripted, startScripted, UPSTREAM } from './scripted'

let sdk: Scripted
beforeAll(async () => {
  sdk = await startScripted()
})
afterAll(() => sdk.stop())
afterEach(() => sdk.vendor.clear())

/** What the vendor was asked with the latest call. */
async function asked(): Promise<Record<string, unknown>> {
  const calls = await sdk.vendor.calls()
  return JSON.parse(calls.at(-1)!.body!.toString())
}

const USAGE = { inputTokens: 12, cachedInputTokens: 4, outputTokens: 5, reasoningTokens: 2 }
/** 8 × 2.5 + 4 × 0.25 + 5 × 10 micro-dollars. */
const COST = 0.000071

test('an answer has its text, its usage, and what it cost', async () => {
  await sdk.vendor.script(UPSTREAM, chat({ stream: false, usage: USAGE }))
  const answer = await sdk.openai.chat.completions.create(ASK)
  expect(answer.choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: { role: 'assistant', content: textOf() },
  })
  expect(answer.usage).toMatchObject({
    prompt_tokens: 12,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 4 },
    completion_tokens_details: { reasoning_tokens: 2 },
  })
  expect((answer.usage as unknown as { cost_usd: number }).cost_usd).toBe(COST)
  expect(await asked()).toEqual({ ...ASK, model: UPSTREAM })
})

test('wire 3: the SDK has the request id of the record, with the answer and beside it', async () => {
  const before = sdk.gateway.records.length
  const { data, response, request_id } = await sdk.openai.chat.completions.create(ASK).withResponse()
  const id = (await sdk.gateway.record(before + 1)).requestId
  const { _request_id } = data as { _request_id?: string }
  expect([_request_id, request_id, response.headers.get('x-request-id')]).toEqual([id, id, id])
  expect(response.headers.get('x-callmissed-request-id')).toBe(id)
  expect(response.headers.get('content-type')).toBe('application/json')
})

test('a stream is its chunks, without usage where none was asked for', async () => {
  await sdk.vendor.script(UPSTREAM, chat({ usage: USAGE }))
  const chunks = await Array.fromAsync(await sdk.openai.chat.completions.create({ ...ASK, stream: true }))
  expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(textOf())
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
  expect(chunks.filter(chunk => 'usage' in chunk)).toEqual([])
  expect(await asked()).toEqual({
    ...ASK,
    model: UPSTREAM,
    stream: true,
    stream_options: { include_usage: true },
  })
})

test('a stream that asked for usage ends with it, and with what it cost', async () => {
  await sdk.vendor.script(UPSTREAM, chat({ usage: USAGE }))
  const stream = await sdk.openai.chat.completions.create({
    ...ASK,
    stream: true,
    stream_options: { include_usage: true },
  })
  const chunks = await Array.fromAsync(stream)
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true)
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 12, cost_usd: COST } })
})

test('the stream helper puts the same answer together', async () => {
  await sdk.vendor.script(UPSTREAM, chat({ usage: USAGE }))
  const runner = sdk.openai.chat.completions.stream({ ...ASK, stream_options: { include_usage: true } })
  const deltas: string[] = []
  runner.on('content', delta => deltas.push(delta))
  const answer = await runner.finalChatCompletion()
  expect(deltas.join('')).toBe(textOf())
  expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: textOf() } })
  expect(answer.usage).toMatchObject({ total_tokens: 17, cost_usd: COST })
  expect(await runner.totalUsage()).toMatchObject({ total_tokens: 17 })
})

const CALLS = [
  { id: 'call_1', name: 'get_weather', arguments: ['{"city":', '"Zürich"', '}'] },
  { id: 'call_2', name: 'get_time', arguments: ['{}'] },
]
const tools = CALLS.map(({ name }) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } } } },
}))

test('parallel tool calls arrive whole, streamed and not', async () => {
  const expected = CALLS.map(call => ({
    id: call.id,
    type: 'function',
    function: { name: call.name, arguments: call.arguments.join('') },
  }))
  await sdk.vendor.script(UPSTREAM, chat({ tools: CALLS, stream: false }), chat({ tools: CALLS }))
  const whole = await sdk.openai.chat.completions.create({ ...ASK, tools, parallel_tool_calls: true })
  expect(whole.choices[0]?.message.tool_calls).toMatchObject(expected)
  expect(await asked()).toEqual({ ...ASK, tools, parallel_tool_calls: true, model: UPSTREAM })
  const streamed = await sdk.openai.chat.completions.stream({ ...ASK, tools }).finalChatCompletion()
  expect(streamed.choices[0]?.finish_reason).toBe('tool_calls')
  expect(streamed.choices[0]?.message.tool_calls).toMatchObject(expected)
  expect((await sdk.gateway.record(sdk.gateway.records.length)).shape.tools).toBe(2)
})

for (const stream of [false, true])
  test(`runTools calls the functions and sends what they say (${stream ? 'streamed' : 'whole'})`, async () => {
    await sdk.vendor.script(
      UPSTREAM,
      chat({ tools: CALLS, stream }),
      chat({ tokens: ['Sunny', '.'], stream }),
    )
    const ran: unknown[] = []
    const runnable = CALLS.map(({ name }) => ({
      type: 'function' as const,
      function: {
        name,
        description: 'As scripted.',
        parameters: { type: 'object', properties: {} },
        parse: JSON.parse,
        function: (given: object) => {
          ran.push([name, given])
          return `${name} said so`
        },
      },
    }))
    const runner = stream
      ? sdk.openai.chat.completions.runTools({ ...ASK, stream: true, tools: runnable })
      : sdk.openai.chat.completions.runTools({ ...ASK, tools: runnable })
    expect(await runner.finalContent()).toBe('Sunny.')
    expect(ran).toEqual([
      ['get_weather', { city: 'Zürich' }],
      ['get_time', {}],
    ])
    const { messages } = (await asked()) as { messages: { role: string; content: string }[] }
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool'])
    expect(messages[2]).toMatchObject({ tool_call_id: 'call_1', content: 'get_weather said so' })
  })

test('json_object and json_schema reach the vendor as they are, and parse() reads the answer', async () => {
  const json = '{"city":"Zürich","days":3}'
  await sdk.vendor.script(UPSTREAM, chat({ tokens: [json], stream: false }))
  await sdk.openai.chat.completions.create({ ...ASK, response_format: { type: 'json_object' } })
  expect((await asked()).response_format).toEqual({ type: 'json_object' })
  const schema = { type: 'object', properties: { city: { type: 'string' } }, additionalProperties: false }
  const response_format = {
    type: 'json_schema' as const,
    json_schema: { name: 'place', strict: true, schema },
  }
  const answer = await sdk.openai.chat.completions.parse({ ...ASK, response_format })
  expect(answer.choices[0]?.message.parsed).toEqual({ city: 'Zürich', days: 3 })
  expect((await asked()).response_format).toEqual(response_format)
})

test('n, logprobs, stop and every other parameter reach the vendor as they are', async () => {
  const parameters = {
    n: 2,
    logprobs: true,
    top_logprobs: 3,
    stop: ['\n', 'END'],
    seed: 7,
    temperature: 0.5,
    top_p: 0.9,
    presence_penalty: -1,
    logit_bias: { 50256: -100 },
    max_completion_tokens: 20,
    user: 'me',
    metadata: { a: 'b' },
    service_tier: 'flex' as const,
    reasoning_effort: 'low' as const,
    prediction: { type: 'content' as const, content: 'x' },
  }
  const answer = await sdk.openai.chat.completions.create({ ...ASK, ...parameters })
  expect(await asked()).toEqual({ ...ASK, ...parameters, model: UPSTREAM })
  expect(answer.choices.map(({ index }) => index)).toEqual([0, 1])
})

test('images, sound and files reach the vendor as they are, and are counted', async () => {
  const content = [
    { type: 'text' as const, text: 'What is it?' },
    {
      type: 'image_url' as const,
      image_url: { url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'low' as const },
    },
    { type: 'image_url' as const, image_url: { url: 'https://example.com/cat.png' } },
    { type: 'input_audio' as const, input_audio: { data: 'UklGRg==', format: 'wav' as const } },
    { type: 'file' as const, file: { file_data: 'data:application/pdf;base64,JVBERg==', filename: 'a.pdf' } },
  ]
  const before = sdk.gateway.records.length
  await sdk.openai.chat.completions.create({ ...ASK, messages: [{ role: 'user', content }] })
  expect((await asked()).messages).toEqual([{ role: 'user', content }])
  expect((await sdk.gateway.record(before + 1)).shape).toMatchObject({ messages: 1, images: 2, audio: 1 })
})

test('the vendor sees our credential and nothing of the SDK’s headers about itself', async () => {
  await sdk.client({ organization: 'org-1', project: 'proj-1' }).chat.completions.create(ASK)
  const [call] = await sdk.vendor.calls()
  const names = call!.headers.map(([name]) => name.toLowerCase())
  expect(names.filter(name => /stainless|organization|project|cookie|forwarded/.test(name))).toEqual([])
  expect(JSON.stringify(call!.headers).includes(sdk.gateway.key)).toBe(false)
})
