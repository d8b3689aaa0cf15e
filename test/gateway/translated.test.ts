import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { Vendor as Account } from '../../src/vendors/vendor'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'

/** The vendor's id of the tests' model. */
const UPSTREAM = 'm-2026-01'
const JSON_HEAD: Step = { status: 200, headers: { 'content-type': 'application/json' } }
const SSE_HEAD: Step = { status: 200, headers: { 'content-type': 'text/event-stream' } }

let vendor: Vendor
const open: TestGateway[] = []
beforeAll(async () => {
  vendor = await startVendor()
})
afterEach(async () => {
  for (const gateway of open.splice(0)) await gateway.stop()
  await vendor.clear()
})
afterAll(() => vendor.stop())

type Change = Partial<Account>
const MINE: Change = { dialect: 'openai-compatible', conforms: false }

/** A gateway whose model is served by these accounts, in this order, all at the tests' vendor. */
function gatewayOf(accounts: Record<string, Change>, options: Partial<GatewayOptions> = {}): TestGateway {
  const vendors = Object.fromEntries(Object.keys(accounts).map(name => [name, vendor.url]))
  const gateway = startGateway({
    vendors,
    capabilities: ['streaming', 'tools'],
    account: given => ({ ...given, ...accounts[given.name] }),
    ...options,
  })
  open.push(gateway)
  return gateway
}

const ASK = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }
const STREAM = { ...ASK, stream: true, stream_options: { include_usage: true } }

const event = (data: object | string): Step => ({
  bytes: Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`),
})
const delta = (members: object, finish_reason: string | null = null) =>
  event({ id: 'c', created: 7, model: 'v', choices: [{ index: 0, delta: members, finish_reason }] })
const usageOf = (input: number, output: number) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
})
const said = (text: string, usage?: object): Step[] => [
  SSE_HEAD,
  delta({ role: 'assistant', content: '' }),
  delta({ content: text }),
  delta({}, 'stop'),
  ...(usage ? [event({ id: 'c', choices: [], usage })] : []),
  event('[DONE]'),
]
const whole = (text: string, usage: object): Step[] => [
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
const refusal = (status: number, error: object): Step[] => [
  { status, headers: { 'content-type': 'application/json' } },
  { bytes: Buffer.from(JSON.stringify({ error })) },
]

interface Chunk {
  id: string
  error?: { code: string; message: string }
  choices: { index: number; delta: { content?: string }; finish_reason: string | null }[]
  usage?: { prompt_tokens: number; completion_tokens: number } | null
}

function chunksOf(text: string): Chunk[] {
  return text
    .split('\n\n')
    .filter(each => each.startsWith('data: {'))
    .map(each => JSON.parse(each.slice(6)))
}

const contentOf = (chunks: Chunk[], index: number) =>
  chunks
    .flatMap(({ choices }) => choices ?? [])
    .filter(choice => choice.index === index)
    .map(({ delta: { content } }) => content ?? '')
    .join('')

test('35: n answers of a vendor without n are as many requests: distinct indexes, one id, the sum of the usage', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await vendor.script(
    UPSTREAM,
    said('one', usageOf(10, 1)),
    said('two', usageOf(10, 2)),
    said('three', usageOf(12, 3)),
  )
  const response = await gateway.chat({ ...STREAM, n: 3, seed: 5 })
  const chunks = chunksOf(await response.text())
  expect([0, 1, 2].map(index => contentOf(chunks, index)).toSorted()).toEqual(['one', 'three', 'two'])
  expect(contentOf(chunks, 0)).toBe('one')
  expect([...new Set(chunks.map(({ id }) => id))]).toEqual(['c'])
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 32, completion_tokens: 6 } })
  const calls = (await vendor.calls()).map(({ body }) => JSON.parse(body!.toString()))
  expect(calls.map(({ seed }) => seed)).toEqual([5, 6, 7])
  expect(calls.every(call => !('n' in call))).toBe(true)
  expect(await gateway.record()).toMatchObject({
    outcome: 'ok',
    usageSource: 'vendor',
    usage: { inputTokens: 32, outputTokens: 6 },
  })
})

test('35: a whole answer with n is joined as well', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await vendor.script(UPSTREAM, whole('a', usageOf(10, 1)), whole('b', usageOf(10, 1)))
  const answer = (await (await gateway.chat({ ...ASK, n: 2 })).json()) as {
    choices: { index: number; message: { content: string } }[]
  }
  expect(answer).toMatchObject({
    id: 'c',
    usage: { prompt_tokens: 20, completion_tokens: 2, total_tokens: 22 },
  })
  expect(answer.choices.map(({ index }) => index)).toEqual([0, 1])
  expect(answer.choices.map(({ message }) => message.content).toSorted()).toEqual(['a', 'b'])
})

test('35: an answer of several that is refused after another began is an error in the midst', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await vendor.script(
    UPSTREAM,
    said('one', usageOf(10, 1)),
    refusal(429, { message: 'Slow down.', code: 'rate_limit_exceeded' }),
  )
  const text = await (await gateway.chat({ ...STREAM, n: 2 })).text()
  const chunks = chunksOf(text)
  expect(contentOf(chunks, 0)).toBe('one')
  expect(chunks.at(-1)?.error?.message).toBe('Slow down.')
  expect(text).toEndWith('data: [DONE]\n\n')
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    // One prompt and its answer by the vendor's figures, the other counted.
    usageSource: 'mixed',
  })
})

test('35: one that is refused before another said a word has its own status', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await vendor.script(
    UPSTREAM,
    [SSE_HEAD, delta({ role: 'assistant', content: '' }), { stall: true }],
    refusal(429, { message: 'Slow down.' }),
  )
  const response = await gateway.chat({ ...STREAM, n: 2 })
  expect([response.status, await response.json()]).toMatchObject([
    429,
    { error: { code: 'upstream_rate_limited' } },
  ])
})

test('35: where the first of several is refused, the refusal is the answer, with its status', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await vendor.script(UPSTREAM, refusal(400, { message: 'No.', code: 'bad', param: 'messages' }))
  for (const body of [
    { ...ASK, n: 2 },
    { ...STREAM, n: 2 },
  ]) {
    const response = await gateway.chat(body)
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { code: 'bad', message: 'No.' } },
    ])
  }
})

test('more answers than connections are allowed are refused by name', async () => {
  const response = await gatewayOf({ mine: MINE }).chat({ ...ASK, n: 17 })
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { code: 'unsupported_parameter', param: 'n' } },
  ])
  expect(await vendor.calls()).toEqual([])
})

test('33: JSON in the place of a stream is the error that it says, and another deployment is asked', async () => {
  const gateway = gatewayOf({ mine: { ...MINE, kin: 'xai' }, other: { ...MINE, name: 'other' } })
  const overloaded = { code: 'unavailable', error: 'We are overloaded.' }
  await vendor.script(
    UPSTREAM,
    [JSON_HEAD, { bytes: Buffer.from(JSON.stringify(overloaded)) }],
    said('here', usageOf(3, 1)),
  )
  const response = await gateway.chat(STREAM)
  expect(contentOf(chunksOf(await response.text()), 0)).toBe('here')
  const record = await gateway.record()
  expect(record.attempts.map(({ vendor }) => vendor)).toEqual(['mine', 'other'])
})

test('33: a page of HTML and an empty body are failures of the vendor', async () => {
  const gateway = gatewayOf({ mine: MINE })
  for (const body of ['<html>Bad gateway</html>', '', '{"id":"c"'])
    for (const stream of [true, false]) {
      await vendor.script(UPSTREAM, [stream ? SSE_HEAD : JSON_HEAD, { bytes: Buffer.from(body) }])
      const response = await gateway.chat(stream ? STREAM : ASK)
      expect([response.status, await response.json()]).toMatchObject([
        502,
        { error: { code: 'upstream_error' } },
      ])
    }
})

test('what a vendor sends without an end is given up, and nothing else is hurt', async () => {
  const gateway = gatewayOf({ mine: MINE, other: MINE })
  const megabyte = { bytes: Buffer.alloc(1024 * 1024, 'x') }
  await vendor.script(
    UPSTREAM,
    [SSE_HEAD, { bytes: Buffer.from('data: ') }, { repeat: 64, steps: [megabyte] }],
    said('here', usageOf(3, 1)),
  )
  expect(contentOf(chunksOf(await (await gateway.chat(STREAM)).text()), 0)).toBe('here')
  const [endless] = await vendor.calls()
  // It is hung up on long before it has sent all of it.
  expect((await vendor.waitForEnd(endless!.id)).ending).toBe('left')
})

test('8: an error as the first event has its status, and one in a whole answer of 200 as well', async () => {
  const gateway = gatewayOf({ mine: MINE })
  const error = { message: 'Too many.', code: 'rate_limit_exceeded' }
  await vendor.script(UPSTREAM, [SSE_HEAD, event({ error })])
  expect((await gateway.chat(STREAM)).status).toBe(429)
  await vendor.script(UPSTREAM, [JSON_HEAD, { bytes: Buffer.from(JSON.stringify({ error })) }])
  expect((await gateway.chat(ASK)).status).toBe(429)
})

test('9: a translated stream that breaks off before its end is an error, never an end', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await vendor.script(UPSTREAM, [SSE_HEAD, delta({ content: 'Half' })])
  const text = await (await gateway.chat(STREAM)).text()
  const chunks = chunksOf(text)
  expect(chunks.every(({ choices }) => choices?.[0]?.finish_reason == null)).toBe(true)
  expect(chunks.at(-1)?.error?.code).toBe('upstream_error')
  expect(await gateway.record()).toMatchObject({ outcome: 'error', usageSource: 'tokenizer' })
})

test('what a vendor cannot do is refused by name, or done by the next deployment that can', async () => {
  await vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
  const refusing = gatewayOf({ groq: MINE })
  const refused = await refusing.chat({ ...ASK, logprobs: true })
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { type: 'invalid_request_error', code: 'unsupported_parameter', param: 'logprobs' } },
  ])
  expect(await refusing.record()).toMatchObject({ outcome: 'rejected', attempts: [] })
  const able = gatewayOf({ groq: MINE, mine: MINE })
  expect((await able.chat({ ...ASK, logprobs: true })).status).toBe(200)
  expect((await able.record()).attempts.map(({ vendor }) => vendor)).toEqual(['mine'])
  expect(able.health.cooling).toBe(0)
})

test('what a vendor does not know is named in a header, streamed and whole, unless it is no name', async () => {
  const gateway = gatewayOf({ mistral: MINE })
  const odd = { logit_bias: { '1': 1 }, 'a key with spaces': 1, store: true }
  const header = 'x-callmissed-dropped-params'
  await vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
  expect((await gateway.chat({ ...ASK, ...odd })).headers.get(header)).toBe('logit_bias, store')
  await vendor.script(UPSTREAM, said('ok', usageOf(3, 1)))
  for (const name of ['user', 'safety_identifier']) {
    await vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
    expect((await gateway.chat({ ...ASK, [name]: 'ann' })).headers.get(header)).toBe(name)
  }
  await vendor.script(UPSTREAM, said('ok', usageOf(3, 1)))
  const streamed = await gateway.chat({ ...STREAM, ...odd })
  expect(streamed.headers.get(header)).toBe('logit_bias, store')
  await streamed.text()
  await vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
  expect((await gateway.chat(ASK)).headers.has(header)).toBe(false)
})

test('wire 53: the deprecated functions are sent as tools and called by function_call', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await vendor.script(UPSTREAM, [
    SSE_HEAD,
    delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"x":1}' } }] }),
    delta({}, 'tool_calls'),
    event('[DONE]'),
  ])
  const text = await (
    await gateway.chat({ ...STREAM, functions: [{ name: 'add' }], function_call: 'auto' })
  ).text()
  expect(text).toContain('"function_call":{"name":"add","arguments":""}')
  expect(text).toContain('"finish_reason":"function_call"')
  const [call] = await vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toMatchObject({
    tools: [{ type: 'function', function: { name: 'add' } }],
    tool_choice: 'auto',
  })
})

test('34: a caller who leaves a translated stream is billed the vendor’s prompt and the text that was sent', async () => {
  const gateway = gatewayOf({ mine: { dialect: 'anthropic', conforms: false } })
  const named = (type: string, members: object): Step => ({
    bytes: Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`),
  })
  await vendor.script(UPSTREAM, [
    SSE_HEAD,
    named('message_start', {
      message: {
        id: 'msg',
        type: 'message',
        model: 'v',
        content: [],
        usage: { input_tokens: 41, output_tokens: 1 },
      },
    }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'one two three four' } }),
    { stall: true },
  ])
  const leaving = new AbortController()
  const response = await gateway.chat(STREAM, { signal: leaving.signal })
  const reader = response.body!.getReader()
  await reader.read()
  leaving.abort()
  const [call] = await vendor.calls()
  await vendor.waitForClosed(call!.id)
  expect(await gateway.record()).toMatchObject({
    outcome: 'cancelled',
    usageSource: 'mixed',
    usage: { inputTokens: 41, outputTokens: 4 },
  })
})

test('what the model is known not to take is refused by name, and a model of which nobody told is asked', async () => {
  const content = [
    { type: 'text', text: 'x' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
  ]
  const heard = [content[0], { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }]
  const wants: [string, object][] = [
    ['messages[0].content[1].image_url', { messages: [{ role: 'user', content }] }],
    ['messages[0].content[1].input_audio', { messages: [{ role: 'user', content: heard }] }],
  ]
  for (const [param, members] of wants) {
    await vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
    const plain = await gatewayOf({ mine: MINE }, { capabilities: ['streaming'] }).chat({
      ...ASK,
      ...members,
    })
    expect([plain.status, await plain.json()]).toMatchObject([
      400,
      { error: { code: 'unsupported_parameter', param } },
    ])
    expect((await gatewayOf({ mine: MINE }, { capabilities: [] }).chat({ ...ASK, ...members })).status).toBe(
      200,
    )
  }
})

test('a request that names a field wrongly is told so before any vendor is asked', async () => {
  const response = await gatewayOf({ mine: MINE }).chat({
    ...ASK,
    tools: [{ type: 'function', function: {} }],
  })
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { code: 'missing_required_parameter', param: 'tools[0].function.name' } },
  ])
  expect(await vendor.calls()).toEqual([])
})
