import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { readRecorded, recorded } from '../recorded'
import { cut, HOW_CUT } from '../recordings/wire'
import type { Step } from '../vendor/step'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

const ASK = { model: 'm', prompt: 'hello world' }
/** $1.50 and $2 a million tokens. */
const INPUT = 1_500_000n
const OUTPUT = 2_000_000n
const USAGE = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 }
const COST = 5n * INPUT + 3n * OUTPUT
const WORDS = [' upon', ' a', ' time']

let served: Served
beforeAll(async () => {
  served = await startEndpoint(
    ['completions'],
    { input: '1.50', output: '2' },
    { model: { contextWindow: 4000, maxOutputTokens: 1000 } },
  )
})
afterAll(() => served.stop())
afterEach(async () => {
  await served.gateway.forgetRecords()
  await served.vendor.clear()
})

const HEAD = { id: 'cmpl-1', object: 'text_completion', created: 1_780_000_000, model: 'instruct-2026' }
const choice = (text: string, finish: string | null = null) => ({
  text,
  index: 0,
  logprobs: null,
  finish_reason: finish,
})

function whole(usage: object | null = USAGE): Step[] {
  const body = { ...HEAD, choices: [choice(WORDS.join(''), 'stop')], ...(usage && { usage }) }
  return [
    { status: 200, headers: { 'content-type': 'application/json' }, framing: 'length' },
    { text: JSON.stringify(body), bill: { inputTokens: 5, outputTokens: 3 } },
  ]
}

function stream(usage: object | null = USAGE, rest?: Step[]): Step[] {
  const chunk = (data: object): Step => ({ chunk: `data: ${JSON.stringify({ ...HEAD, ...data })}` })
  const words = WORDS.map(word => chunk({ choices: [choice(word)], usage: null }))
  const head: Step = { status: 200, headers: { 'content-type': 'text/event-stream' } }
  if (rest) return [head, ...words.slice(0, 2), { wait: 20 }, ...rest]
  return [
    head,
    ...words,
    chunk({ choices: [choice('', 'stop')], usage: null }),
    ...(usage ? [chunk({ choices: [], usage })] : []),
    { chunk: 'data: [DONE]' },
  ]
}

async function complete(steps: Step[], body: unknown = ASK) {
  await served.vendor.script('m-2026-01', steps)
  const response = await served.post('completions', body)
  return { response, text: await response.text(), record: await served.gateway.record() }
}

test('a whole completion has what it cost, and the record agrees with the vendor’s bill', async () => {
  const body = { ...ASK, max_tokens: 7, temperature: 0.5, suffix: '.', x_unknown: [1] }
  const { text, record } = await complete(whole(), body)
  expect(JSON.parse(text)).toEqual({
    ...HEAD,
    choices: [choice(WORDS.join(''), 'stop')],
    usage: { ...USAGE, cost_usd: 0.0000135 },
  })
  const [call] = await served.vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toEqual({ ...body, model: 'm-2026-01' })
  expect(call!.path).toBe('/v1/completions')
  expect(record).toMatchObject({
    endpoint: 'completions',
    model: 'instruct-2026',
    finishReason: 'stop',
    usage: { inputTokens: call!.bill.inputTokens, outputTokens: call!.bill.outputTokens },
    usageSource: 'vendor',
    costPicoUsd: COST,
    shape: { messages: 0, maxTokens: 7, temperature: 0.5 },
  })
})

test('a stream is its chunks, without usage where none was asked for; the vendor is asked all the same', async () => {
  const { text, record, response } = await complete(stream(), { ...ASK, stream: true })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const events = text.trim().split('\n\n')
  expect(events.at(-1)).toBe('data: [DONE]')
  const chunks = events.slice(0, -1).map(event => JSON.parse(event.slice(6)))
  expect(chunks.map(({ choices }) => choices[0].text).join('')).toBe(WORDS.join(''))
  expect(chunks.every(chunk => chunk.object === 'text_completion' && !('usage' in chunk))).toBe(true)
  const [call] = await served.vendor.calls()
  expect(JSON.parse(call!.body!.toString()).stream_options).toEqual({ include_usage: true })
  expect(record).toMatchObject({ stream: true, outcome: 'ok', costPicoUsd: COST, usageSource: 'vendor' })
})

test('a vendor that deviates in its chats is metered by its own figures too', async () => {
  const family = await startEndpoint(
    ['completions'],
    { input: '1.50', output: '2' },
    { account: account => ({ ...account, dialect: 'openai-compatible', conforms: false }) },
  )
  try {
    for (const [steps, body] of [
      [whole(), ASK],
      [stream(), { ...ASK, stream: true }],
    ] as const) {
      await family.vendor.script('m-2026-01', steps)
      await (await family.post('completions', body)).text()
      expect(await family.gateway.record()).toMatchObject({ usageSource: 'vendor', costPicoUsd: COST })
      await family.gateway.forgetRecords()
    }
  } finally {
    await family.stop()
  }
})

test('a stream that asked for usage ends with it, and with what it cost', async () => {
  const body = { ...ASK, stream: true, stream_options: { include_usage: true } }
  const { text } = await complete(stream(), body)
  const [usage, done] = text.trim().split('\n\n').slice(-2)
  expect(done).toBe('data: [DONE]')
  expect(JSON.parse(usage!.slice(6))).toEqual({
    ...HEAD,
    choices: [],
    usage: { ...USAGE, cost_usd: 0.0000135 },
  })
})

for (const isStream of [true, false])
  for (const [case_, usage] of [
    ['absent', null],
    ['negative', { ...USAGE, prompt_tokens: -5 }],
    ['beyond the context', { prompt_tokens: 5000, completion_tokens: 1, total_tokens: 5001 }],
  ] as const)
    test(`usage that is ${case_} is counted (${isStream ? 'stream' : 'whole'})`, async () => {
      const { record } = await complete(isStream ? stream(usage) : whole(usage), { ...ASK, stream: isStream })
      expect(record).toMatchObject({
        usage: { inputTokens: 2, outputTokens: 3 },
        usageSource: 'tokenizer',
        costPicoUsd: 2n * INPUT + 3n * OUTPUT,
      })
    })

test('several prompts may each fill the context', async () => {
  const usage = { prompt_tokens: 7000, completion_tokens: 10, total_tokens: 7010 }
  const { record } = await complete(whole(usage), { ...ASK, prompt: ['a', 'b'] })
  expect(record).toMatchObject({ usage: { inputTokens: 7000 }, usageSource: 'vendor' })
})

test('a vendor that breaks off is an error event and [DONE], and what was said is billed', async () => {
  const { text, record } = await complete(stream(USAGE, [{ reset: true }]), { ...ASK, stream: true })
  expect(text).toContain('data: {"error":{')
  expect(text).toEndWith('data: [DONE]\n\n')
  expect(record).toMatchObject({
    outcome: 'error',
    usage: { inputTokens: 2, outputTokens: 2 },
    usageSource: 'tokenizer',
  })
})

test('a caller who leaves in the middle is billed what it was sent', async () => {
  await served.vendor.script('m-2026-01', stream(USAGE, [{ stall: true }]))
  const controller = new AbortController()
  const response = await served.post('completions', { ...ASK, stream: true }, { signal: controller.signal })
  await response.body!.getReader().read()
  const [call] = await served.vendor.calls()
  controller.abort()
  await served.vendor.waitForClosed(call!.id)
  expect(await served.gateway.record()).toMatchObject({
    outcome: 'cancelled',
    status: 200,
    usage: { inputTokens: 2 },
    usageSource: 'tokenizer',
  })
})

for (const [body, code, param] of [
  [{ prompt: 'x' }, 'missing_required_parameter', 'model'],
  [{ model: 'm' }, 'missing_required_parameter', 'prompt'],
  [{ model: 'm', prompt: [] }, 'empty_array', 'prompt'],
  [{ model: 'm', prompt: {} }, 'invalid_type', 'prompt'],
  [{ model: 'm', prompt: 'x', n: 200 }, 'integer_above_max_value', 'n'],
  [{ model: 'm', prompt: 'x', max_tokens: -1 }, 'integer_below_min_value', 'max_tokens'],
  [{ model: 'm', prompt: 'x', temperature: 3 }, 'decimal_above_max_value', 'temperature'],
  [{ model: 'm', prompt: 'x', stream_options: 1 }, 'invalid_type', 'stream_options'],
] as const)
  test(`${JSON.stringify(body)} is ${code}`, async () => {
    expect(await refusalOf(await served.post('completions', body))).toMatchObject({
      status: 400,
      code,
      param,
    })
    expect(await served.vendor.calls()).toHaveLength(0)
  })

const priced = recorded('a priced completion')
test.skipIf(priced.length === 0)(`a recorded stream passes, and its usage is read (${HOW_CUT})`, async () => {
  const bytes = readRecorded(priced[0]!)
  const head: Step = { status: 200, headers: { 'content-type': 'text/event-stream' } }
  const body = { ...ASK, stream: true, stream_options: { include_usage: true } }
  const { text, record } = await complete([head, ...cut(bytes)], body)
  expect(text.replace(/,"cost_usd":[\d.]+/, '').trim()).toBe(bytes.toString().trim())
  expect(record).toMatchObject({
    usage: { inputTokens: 31, outputTokens: 25 },
    usageSource: 'vendor',
    finishReason: 'length',
  })
})
