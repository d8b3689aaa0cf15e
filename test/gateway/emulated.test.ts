import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import type { Capability } from '../../src/catalog/model'
import type { Vendor as Account } from '../../src/vendors/vendor'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'
import { chunksOf, contentOf, line, STREAM_HEAD } from './stream-text'

/** The vendor's id of the tests' model. */
const UPSTREAM = 'm-2026-01'
/** In pico-dollars a token: $2.50 and $10 for a million. */
const INPUT = 2_500_000n
const OUTPUT = 10_000_000n

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

/** A gateway whose model can do so much and no more, at a vendor that conforms. */
function gatewayOf(
  capabilities: Capability[],
  account: Partial<Account> = {},
  options: Partial<GatewayOptions> = {},
): TestGateway {
  const gateway = startGateway({
    vendors: { [account.name ?? 'acme']: vendor.url },
    capabilities: ['streaming', ...capabilities],
    account: given => ({ ...given, ...account }),
    ...options,
  })
  open.push(gateway)
  return gateway
}

const usageOf = (input: number, output: number) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
})

/** A whole answer of these words. */
const whole = (text: string, usage = usageOf(100, 10), finish = 'stop', more: object = {}): Step[] => [
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
const streamed = (pieces: readonly string[], usage = usageOf(100, 10), finish = 'stop'): Step[] => [
  STREAM_HEAD,
  { chunk: line({ role: 'assistant', content: '' }) },
  ...pieces.map((content): Step => ({ chunk: line({ content }) })),
  { chunk: line({}, {}, finish) },
  { chunk: line({}, { choices: [], usage }) },
  { chunk: 'data: [DONE]' },
]

const CITY = {
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
const OSLO = '{"name":"Oslo","people":709037}'
const WEATHER = {
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
const ASK = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] }

interface Sent {
  messages: { role: string; content: string }[]
  tools?: unknown
  tool_choice?: unknown
  response_format?: { type: string; json_schema?: { schema: unknown } }
  [member: string]: unknown
}

/** The bodies that the vendor got. */
async function sent(): Promise<Sent[]> {
  return (await vendor.calls()).map(({ body }) => JSON.parse(body!.toString()) as Sent)
}

interface Completion {
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

async function ask(gateway: TestGateway, body: object) {
  const response = await gateway.chat({ ...ASK, ...body })
  const answer = (await response.json()) as Completion
  return { response, answer, header: response.headers.get('x-callmissed-emulated-params') }
}

test('a schema is held to by JSON mode, the schema in the prompt', async () => {
  const gateway = gatewayOf(['json_mode'])
  await vendor.script(UPSTREAM, whole(OSLO))
  const { answer, header } = await ask(gateway, { response_format: CITY })
  expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: OSLO } })
  expect(header).toBe('response_format=json_mode')
  const [first] = await sent()
  expect(first).toMatchObject({ model: UPSTREAM, response_format: { type: 'json_object' } })
  expect(first?.messages[0]?.role).toBe('system')
  expect(first?.messages[0]?.content).toContain(JSON.stringify(CITY.json_schema.schema))
})

test('a model that has tools and does not think is held to a schema by a tool that it must call', async () => {
  const gateway = gatewayOf(['tools', 'json_mode'])
  const call = { id: 'a', type: 'function', function: { name: 'give_answer', arguments: OSLO } }
  await vendor.script(UPSTREAM, whole('', usageOf(100, 10), 'tool_calls', { tool_calls: [call] }))
  const { answer, header } = await ask(gateway, { response_format: CITY })
  expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: OSLO } })
  expect(answer.choices[0]?.message.tool_calls).toBeUndefined()
  expect(header).toBe('response_format=tool')
  expect((await sent())[0]).toMatchObject({
    tools: [{ function: { name: 'give_answer', parameters: CITY.json_schema.schema, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'give_answer' } },
  })
})

test('a model that has nothing of the kind is told in words, and its fence and its chatter are left out', async () => {
  const gateway = gatewayOf([])
  await vendor.script(UPSTREAM, whole(`Sure! Here you are:\n\`\`\`json\n${OSLO}\n\`\`\``))
  const { answer, header } = await ask(gateway, { response_format: CITY })
  expect(answer.choices[0]?.message.content).toBe(OSLO)
  expect(header).toBe('response_format=prompt')
  expect((await sent())[0]).not.toHaveProperty('response_format')
})

test('an answer that does not follow the schema is put right once, and both calls are billed in one record', async () => {
  const gateway = gatewayOf(['json_mode'])
  await vendor.script(
    UPSTREAM,
    whole('{"name":"Oslo","people":"many"}', usageOf(100, 10)),
    whole(OSLO, usageOf(150, 12)),
  )
  const { answer } = await ask(gateway, { response_format: CITY })
  expect(answer.choices[0]?.message.content).toBe(OSLO)
  const [, second] = await sent()
  expect(second?.messages.slice(-2)).toMatchObject([
    { role: 'assistant', content: '{"name":"Oslo","people":"many"}' },
    { role: 'user', content: expect.stringContaining('people') },
  ])
  const record = await gateway.record()
  expect(record).toMatchObject({
    outcome: 'ok',
    usageSource: 'vendor',
    usage: { inputTokens: 250, outputTokens: 22 },
    costPicoUsd: 250n * INPUT + 22n * OUTPUT,
    attempts: [{ status: 200 }, { status: 200 }],
  })
  expect(gateway.records).toHaveLength(1)
  expect(answer.usage.cost_usd).toBe(Number(record.costPicoUsd) / 1e12)
})

test('a strict schema that is not followed twice is an error, billed; one that is not strict is handed on', async () => {
  const gateway = gatewayOf(['json_mode'])
  await vendor.script(UPSTREAM, whole('{}'), whole('{"name":1}'))
  const strict = await ask(gateway, { response_format: CITY })
  expect([strict.response.status, strict.answer.error]).toMatchObject([
    502,
    { code: 'schema_not_followed', message: expect.stringContaining('people') },
  ])
  expect(strict.response.headers.get('x-should-retry')).toBe('false')
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    errorCode: 'schema_not_followed',
    usageSource: 'vendor',
    usage: { inputTokens: 200, outputTokens: 20 },
  })
  await vendor.clear()
  await vendor.script(UPSTREAM, whole('{}'), whole('{"name":1}'))
  const loose = { ...CITY, json_schema: { ...CITY.json_schema, strict: false } }
  const { answer } = await ask(gateway, { response_format: loose })
  expect(answer.choices[0]?.message.content).toBe('{"name":1}')
  expect(await sent()).toHaveLength(2)
})

test('an answer that was cut off by its length is handed on as it is', async () => {
  const gateway = gatewayOf(['json_mode'])
  await vendor.script(UPSTREAM, whole('{"name":"Os', usageOf(100, 4), 'length'))
  const { answer } = await ask(gateway, { response_format: CITY, max_tokens: 4 })
  expect(answer.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '{"name":"Os' } })
  const [first, ...more] = await sent()
  expect([first?.max_tokens, first?.max_completion_tokens, more]).toEqual([4, undefined, []])
})

test('DeepSeek and Z.ai, which know no schemas, follow one', async () => {
  for (const name of ['deepseek', 'zai']) {
    await vendor.clear()
    const account: Partial<Account> = { name, dialect: 'openai-compatible', conforms: false }
    const gateway = gatewayOf(['tools', 'json_mode', 'json_schema', 'reasoning'], account)
    await vendor.script(UPSTREAM, whole(OSLO))
    const { answer, header } = await ask(gateway, { response_format: CITY })
    expect([answer.choices[0]?.message.content, header]).toEqual([OSLO, 'response_format=json_mode'])
  }
})

test('where no tool can be forced, the next rung is taken without asking in vain', async () => {
  const gateway = gatewayOf(['tools', 'json_mode'], {
    name: 'zai',
    dialect: 'openai-compatible',
    conforms: false,
  })
  await vendor.script(UPSTREAM, whole(OSLO))
  expect((await ask(gateway, { response_format: CITY })).header).toBe('response_format=json_mode')
  expect(await sent()).toHaveLength(1)
})

test('a schema is streamed as it comes, without what stands around it', async () => {
  const gateway = gatewayOf([])
  await vendor.script(UPSTREAM, streamed(['Here: ', '```json\n', ...OSLO.split(''), '\n``', '`']))
  const response = await gateway.chat({ ...ASK, stream: true, response_format: CITY })
  expect(response.headers.get('x-callmissed-emulated-params')).toBe('response_format=prompt')
  const text = await response.text()
  expect(contentOf(text)).toBe(OSLO)
  expect(chunksOf(text).length).toBeGreaterThan(OSLO.length)
  expect(text).toEndWith('data: [DONE]\n\n')
})

test('a stream of which nothing was told is put right as well', async () => {
  const gateway = gatewayOf([])
  await vendor.script(
    UPSTREAM,
    streamed(['I do not know.'], usageOf(100, 4)),
    streamed([OSLO], usageOf(140, 9)),
  )
  const response = await gateway.chat({
    ...ASK,
    stream: true,
    stream_options: { include_usage: true },
    response_format: CITY,
  })
  expect(contentOf(await response.text())).toBe(OSLO)
  expect(await gateway.record()).toMatchObject({
    outcome: 'ok',
    usage: { inputTokens: 240, outputTokens: 13 },
  })
})

const envelope = (...calls: object[]) => JSON.stringify({ type: 'tool_calls', calls })
const CALL = { name: 'get_weather', arguments: { city: 'Oslo' } }

test.each([
  ['json_schema', ['json_schema', 'json_mode'], 'json_schema'],
  ['json_mode', ['json_mode'], 'json_object'],
] as const)('a model without tools calls them by an envelope: %s', async (rung, capabilities, format) => {
  const gateway = gatewayOf([...capabilities])
  await vendor.script(UPSTREAM, whole(envelope(CALL, CALL)))
  const { answer, header } = await ask(gateway, { tools: [WEATHER] })
  const [choice] = answer.choices
  expect(choice?.finish_reason).toBe('tool_calls')
  expect(choice?.message.content).toBeNull()
  expect(choice?.message.tool_calls).toEqual(
    [0, 1].map(() => ({
      id: expect.stringMatching(/^call_[0-9a-f]{32}$/),
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
    })),
  )
  expect(header).toBe(`tools=${rung}`)
  const [first] = await sent()
  expect(first?.response_format?.type).toBe(format)
  expect(first).not.toHaveProperty('tools')
  expect(first?.messages[0]?.content).toContain('Tells the weather.')
})

/** The opening tag that the model was told of. */
const tagIn = ({ messages }: Sent) =>
  /<tool_call:[0-9a-f]{12}>/.exec(messages[0]?.content ?? '')?.[0] ?? 'none'

test('a model that only reads and writes calls tools between tags of this one request', async () => {
  const gateway = gatewayOf([])
  await vendor.script(UPSTREAM, whole('ok'), whole('ok'))
  await ask(gateway, { tools: [WEATHER] })
  await ask(gateway, { tools: [WEATHER] })
  const tags = (await sent()).map(tagIn)
  expect(tags[0]).toMatch(/^<tool_call:[0-9a-f]{12}>$/)
  expect(tags[0]).not.toBe(tags[1])
})

test('a model with tools, and a request without any, are not touched', async () => {
  const tools = gatewayOf(['tools'])
  await vendor.script(UPSTREAM, whole('ok'))
  const body = { ...ASK, tools: [WEATHER], vendor_own: 1 }
  const response = await tools.chat(body)
  expect(response.headers.get('x-callmissed-emulated-params')).toBeNull()
  expect((await sent())[0]).toEqual({ ...body, model: UPSTREAM } as never)
  await vendor.clear()
  await vendor.script(UPSTREAM, whole('ok'))
  await gatewayOf([]).chat({ ...ASK, vendor_own: 1 })
  expect((await sent())[0]).toEqual({ ...ASK, model: UPSTREAM, vendor_own: 1 } as never)
})

/** Leaves once the vendor has sent so much of its stream. */
async function leaveAfter(steps: Step[], gateway: TestGateway, body: object) {
  await vendor.script(UPSTREAM, [...steps, { wait: 60_000 }])
  const leaving = new AbortController()
  const answer = gateway.chat({ ...ASK, stream: true, ...body }, { signal: leaving.signal }).catch(() => {})
  for (let look = 0; look < 1_000 && gateway.live.size === 0; look++) await Bun.sleep(5)
  const call = () => [...gateway.live][0]
  for (let look = 0; look < 1_000 && (call()?.tries.at(-1)?.exchange.bytes ?? 0) < 200; look++)
    await Bun.sleep(5)
  leaving.abort()
  await answer
  return gateway.record()
}

test('a caller who leaves pays for what the model said, also where nothing of it was told yet', async () => {
  const said = `{"type":"tool_calls","calls":[{"name":"get_weather","arguments":{"city":"${'Oslo and '.repeat(40)}`
  const steps = [STREAM_HEAD, { chunk: line({ content: said }) }]
  const record = await leaveAfter(steps, gatewayOf(['json_mode']), { tools: [WEATHER] })
  expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'estimated' })
  expect(record.usage?.outputTokens).toBeGreaterThan(60)
})

test('a caller who leaves while an answer is put right pays for both', async () => {
  await vendor.clear()
  const gateway = gatewayOf(['json_mode'])
  await vendor.script(UPSTREAM, whole('{"name":1}', usageOf(100, 10)), [
    { status: 200, headers: { 'content-type': 'application/json' } },
    { text: '{' },
    { wait: 60_000 },
  ])
  const leaving = new AbortController()
  const answer = gateway.chat({ ...ASK, response_format: CITY }, { signal: leaving.signal }).catch(() => {})
  const second = () => [...gateway.live][0]?.tries[1]?.exchange.bytes ?? 0
  for (let look = 0; look < 1_000 && second() === 0; look++) await Bun.sleep(5)
  leaving.abort()
  await answer
  const record = await gateway.record()
  expect(record).toMatchObject({ outcome: 'cancelled', attempts: [{ status: 200 }, { status: 200 }] })
  expect(record.usage?.inputTokens).toBeGreaterThan(100)
  expect(record.costPicoUsd).toBeGreaterThan(100n * INPUT + 10n * OUTPUT)
  expect(gateway.records).toHaveLength(1)
})

test('a vendor that fails while an answer is put right is an error, and what it said first is billed', async () => {
  const gateway = gatewayOf(['json_mode'])
  const busy: Step[] = [{ status: 503, headers: { 'content-type': 'application/json' } }, { text: '{}' }]
  await vendor.script(UPSTREAM, whole('{"name":1}', usageOf(100, 10)), busy)
  const { response } = await ask(gateway, { response_format: CITY })
  expect(response.status).toBe(503)
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    usage: { inputTokens: 100, outputTokens: 10 },
    costPicoUsd: 100n * INPUT + 10n * OUTPUT,
  })
})

test('a vendor that answers a stream request with a whole answer is read, and put right', async () => {
  const gateway = gatewayOf(['json_mode'])
  await vendor.script(UPSTREAM, whole('{"name":1}'), whole(envelope(CALL)), whole(envelope(CALL)))
  const schema = await gateway.chat({ ...ASK, stream: true, response_format: CITY })
  expect(schema.status).toBe(502)
  const tools = await (await gateway.chat({ ...ASK, stream: true, tools: [WEATHER] })).text()
  expect(tools).toContain('"finish_reason":"tool_calls"')
})
