import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { formatUsd } from '../../src/lib/money'
import type { UsageRecord } from '../../src/usage/record'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, ASK_USAGE, chunksOf, HEAD, line, STREAM_HEAD } from './stream-text'

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({ vendors: { acme: vendor.url } })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateway.forgetRecords()
  await vendor.clear()
})

/** The prompt as it is counted (3 for the answer’s start, 3 for the message, its role, its text), and the answer’s text. */
const COUNTED = { inputTokens: 8, outputTokens: 2 }
const CONTEXT = 128_000
const LONGEST_ANSWER = 16_384

interface Answered {
  text: string
  record: UsageRecord
  /** As the caller reads it. */
  usage: Record<string, unknown> | null | undefined
}

async function ask(steps: Step[], body: object = ASK_USAGE): Promise<Answered> {
  await vendor.script('m-2026-01', steps)
  const response = await gateway.chat(body)
  const text = await response.text()
  const streamed = response.headers.get('content-type')?.includes('event-stream')
  const usage = streamed ? chunksOf(text).at(-1)?.usage : JSON.parse(text).usage
  return { text, record: await gateway.record(), usage }
}

/** An answer with these members beside its choices, as a stream and whole. `choice` goes into the first choice. */
const ANSWERS: [how: string, ask: (members: string, choice?: string) => Promise<Answered>][] = [
  [
    'stream',
    (members, choice = '') => {
      const head = JSON.stringify(HEAD).slice(1, -1)
      const finish = `data: {${head},"choices":[{"index":0,"delta":{},"finish_reason":"stop"${choice}}]}`
      const told: Step[] = members === '' ? [] : [{ chunk: `data: {${head},"choices":[]${members}}` }]
      const words = [line({ content: 'hello' }), line({ content: ' world' })].map(chunk => ({ chunk }))
      return ask([STREAM_HEAD, ...words, { chunk: finish }, ...told, { chunk: 'data: [DONE]' }])
    },
  ],
  [
    'unary',
    (members, choice = '') => {
      const message = '{"role":"assistant","content":"hello world"}'
      const text = `{"model":"m-2026-01","choices":[{"index":0,"message":${message},"finish_reason":"stop"${choice}}]${members}}`
      return ask([{ status: 200, headers: { 'content-type': 'application/json' } }, { text }], {
        ...ASK,
        stream: false,
      })
    },
  ],
]

/** What the caller reads is what is recorded, in figures and to the last digit of the cost. */
function expectSame({ text, record, usage }: Answered): void {
  expect(usage).toMatchObject({
    prompt_tokens: record.usage!.inputTokens,
    completion_tokens: record.usage!.outputTokens,
  })
  expect(text).toContain(`"cost_usd":${formatUsd(record.costPicoUsd)}}`)
}

const says = (prompt: unknown, completion: unknown, rest: object = {}) =>
  JSON.stringify({ prompt_tokens: prompt, completion_tokens: completion, ...rest })

const COUNTED_INSTEAD: [what: string, usage: string][] = [
  ['negative', says(-12, 5)],
  ['a fraction', says(12.5, 5)],
  ['text', says('12', '5')],
  ['null', says(null, null)],
  ['1e18', says(1e18, 5)],
  ['beyond any number', '{"prompt_tokens":1e400,"completion_tokens":5}'],
  ['T90 2^31', says(2 ** 31, 5)],
  ['T90 2^53', says(12, 2 ** 53)],
  ['T90 2^63', '{"prompt_tokens":12,"completion_tokens":9223372036854775808}'],
  ['more cached than prompt', says(12, 5, { prompt_tokens_details: { cached_tokens: 13 } })],
  ['a total that is not its parts', says(12, 5, { total_tokens: 99 })],
  ['a prompt beyond the context', says(CONTEXT + 1, 5)],
  ['an answer beyond the context', says(CONTEXT, LONGEST_ANSWER + 1)],
  ['Anthropic’s names', '{"input_tokens":12,"output_tokens":5,"cache_read_input_tokens":400}'],
  ['Gemini’s names', '{"promptTokenCount":12,"candidatesTokenCount":5,"totalTokenCount":17}'],
  ['no object', '17'],
  ['empty', '{}'],
]
for (const [how, answer] of ANSWERS) {
  for (const [what, usage] of COUNTED_INSTEAD)
    test(`T58: figures that cannot be are counted instead, and kept in the record: ${what} (${how})`, async () => {
      const answered = await answer(`,"usage":${usage}`)
      const { record } = answered
      expect(record).toMatchObject({ outcome: 'ok', usageSource: 'tokenizer', usage: COUNTED })
      // 8 × 2.5 + 2 × 10 micro-dollars.
      expect(record.costPicoUsd).toBe(40_000_000n)
      expectSame(answered)
      const raw: unknown = JSON.parse(usage)
      if (typeof raw === 'object') expect(record.rawUsage).toEqual(raw)
    })

  test(`usage that is absent, or null, is counted (${how})`, async () => {
    for (const [index, members] of ['', ',"usage":null'].entries()) {
      await answer(members)
      expect(await gateway.record(index + 1)).toMatchObject({ usageSource: 'tokenizer', usage: COUNTED })
    }
  })

  test(`usage as large as the context and the longest answer is the vendor’s (${how})`, async () => {
    const answered = await answer(`,"usage":${says(CONTEXT, LONGEST_ANSWER)}`)
    expect(answered.record).toMatchObject({ usageSource: 'vendor' })
    // 128,000 × 2.5 + 16,384 × 10 micro-dollars.
    expect(answered.record.costPicoUsd).toBe(483_840_000_000n)
    expectSame(answered)
  })

  test(`reasoning that the total tells beside the answer is billed as output (${how})`, async () => {
    const details = { completion_tokens_details: { reasoning_tokens: 227 } }
    const { record } = await answer(`,"usage":${says(307, 26, { total_tokens: 560, ...details })}`)
    expect(record.usage).toMatchObject({ inputTokens: 307, outputTokens: 253, reasoningTokens: 227 })
    expect(record).toMatchObject({
      usageSource: 'vendor',
      costPicoUsd: 307n * 2_500_000n + 253n * 10_000_000n,
    })
  })

  test(`usage beside the first choice is the vendor’s, and the caller reads it where it belongs (${how})`, async () => {
    const answered = await answer('', `,"usage":${says(12, 5, { total_tokens: 17 })}`)
    expect(answered.record).toMatchObject({
      usageSource: 'vendor',
      usage: { inputTokens: 12, outputTokens: 5 },
      costPicoUsd: 80_000_000n,
    })
    expectSame(answered)
  })

  test(`usage said twice is billed once, the last as it stands (${how})`, async () => {
    const { record } = await answer(
      `,"usage":${says(12, 5, { total_tokens: 17 })}`,
      `,"usage":${says(9, 4, { total_tokens: 13 })}`,
    )
    expect(record).toMatchObject({ usageSource: 'vendor', usage: { inputTokens: 12, outputTokens: 5 } })
  })

  test(`NaN is no JSON: the answer is an error, and what was seen is charged (${how})`, async () => {
    const { text, record } = await answer(',"usage":{"prompt_tokens":NaN,"completion_tokens":5}')
    expect(text).toContain('"code":"upstream_error"')
    expect(record).toMatchObject({ outcome: 'error', usageSource: 'tokenizer', usage: { inputTokens: 8 } })
  })
}

const told = (prompt: number, completion: number) => ({
  usage: { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion },
})
const usageChunk = (prompt: number, completion: number): Step => ({
  chunk: `data: ${JSON.stringify({ ...HEAD, choices: [], ...told(prompt, completion) })}`,
})
const WORD: Step = { chunk: line({ content: 'hello' }) }
const FINISH: Step = { chunk: line({}, {}, 'stop') }
const DONE: Step = { chunk: 'data: [DONE]' }

const PLACES: [what: string, steps: Step[]][] = [
  ['on the finish chunk', [WORD, { chunk: line({}, told(12, 5), 'stop') }]],
  ['repeated', [WORD, FINISH, usageChunk(12, 5), usageChunk(12, 5), usageChunk(12, 5)]],
  ['revised upwards', [WORD, usageChunk(12, 1), FINISH, usageChunk(12, 5)]],
  ['revised downwards', [WORD, usageChunk(90, 80), FINISH, usageChunk(12, 5)]],
  [
    'on every chunk',
    [
      { chunk: line({ content: 'a' }, told(12, 1)) },
      { chunk: line({ content: 'b' }, told(12, 2)) },
      FINISH,
      usageChunk(12, 5),
    ],
  ],
  ['before the answer', [usageChunk(12, 5), WORD, FINISH]],
  [
    'good, and then impossible',
    [
      WORD,
      FINISH,
      usageChunk(12, 5),
      { chunk: `data: ${JSON.stringify({ ...HEAD, choices: [], ...told(-1, 1) })}` },
    ],
  ],
]
for (const [what, steps] of PLACES)
  test(`T57: usage ${what}: the last that can be is billed, once, and told last`, async () => {
    const answered = await ask([STREAM_HEAD, ...steps, DONE])
    expect(answered.record).toMatchObject({
      outcome: 'ok',
      usageSource: 'vendor',
      usage: { inputTokens: 12, outputTokens: 5 },
      costPicoUsd: 80_000_000n,
    })
    expectSame(answered)
    expect(chunksOf(answered.text).filter(({ usage }) => usage)).toHaveLength(1)
  })

for (const [what, prompt, counts] of [
  ['are the vendor’s', 8, { inputTokens: 8, outputTokens: 2 }],
  ['cannot be, are counted', -1, COUNTED],
] as const)
  test(`figures beside which stands more than can be written down ${what}; the stream ends`, async () => {
    const deep = `${'['.repeat(60_000)}${']'.repeat(60_000)}`
    const usage = `{"prompt_tokens":${prompt},"completion_tokens":2,"x":${deep}}`
    const head = JSON.stringify(HEAD).slice(1, -1)
    const words = [line({ content: 'hello' }), line({ content: ' world' }), line({}, {}, 'stop')]
    const steps: Step[] = words.map(chunk => ({ chunk }))
    await vendor.script('m-2026-01', [
      STREAM_HEAD,
      ...steps,
      { chunk: `data: {${head},"choices":[],"usage":${usage}}` },
      { chunk: 'data: [DONE]' },
    ])
    const text = await (await gateway.chat(ASK)).text()
    expect(text).toEndWith('data: [DONE]\n\n')
    const record = await gateway.record()
    expect(record).toMatchObject({ outcome: 'ok', usage: counts })
    expect(record.rawUsage).toBeUndefined()
  })

test('of several answers each may be as long as the longest', async () => {
  await vendor.script('m-2026-01', [STREAM_HEAD, WORD, FINISH, usageChunk(CONTEXT, 3 * LONGEST_ANSWER), DONE])
  await (await gateway.chat({ ...ASK_USAGE, n: 3 })).text()
  expect(await gateway.record()).toMatchObject({ usageSource: 'vendor' })
})

test('figures on the way that are beyond the context are not what a crash would bill', async () => {
  const ticking = startGateway({ vendors: { acme: vendor.url } })
  const claim = { chunk: line({ content: 'hello' }, told(CONTEXT * 2, 1)) }
  await vendor.script('m-2026-01', [STREAM_HEAD, claim, { wait: 1_300 }, FINISH, usageChunk(12, 5), DONE])
  await (await ticking.chat(ASK)).text()
  await ticking.record()
  expect(ticking.checkpoints.length).toBeGreaterThan(0)
  for (const { usage } of ticking.checkpoints) expect(usage).toBeNull()
  await ticking.stop()
})

const PICTURE = { type: 'image_url', image_url: { url: `data:image/png;base64,${'A'.repeat(400_000)}` } }
const SOUND = { type: 'input_audio', input_audio: { data: 'A'.repeat(64_000), format: 'mp3' } }
const PAPER = { type: 'file', file: { file_data: 'A'.repeat(64_000) } }
for (const [what, part, least, most] of [
  ['a picture', PICTURE, 765, 800],
  ['audio', SOUND, 30, 60],
  ['a file', PAPER, 1_000, 1_050],
] as const)
  test(`a prompt with ${what} is not fully countable: an estimate by its kind, not by its bytes`, async () => {
    const content = [{ type: 'text', text: 'Hi' }, part]
    await vendor.script('m-2026-01', [STREAM_HEAD, WORD, FINISH, DONE])
    await (await gateway.chat({ ...ASK, messages: [{ role: 'user', content }] })).text()
    const record = await gateway.record()
    expect([record.usageSource, record.usage!.outputTokens]).toEqual(['estimated', 1])
    expect(record.usage!.inputTokens).toBeGreaterThanOrEqual(least)
    expect(record.usage!.inputTokens).toBeLessThanOrEqual(most)
  })

test('where reasoning is hidden and no figures came, what is counted is an estimate', async () => {
  const thinker = startGateway({ vendors: { acme: vendor.url }, capabilities: ['streaming', 'reasoning'] })
  await vendor.script('m-2026-01', [STREAM_HEAD, WORD, FINISH, DONE])
  await (await thinker.chat(ASK)).text()
  expect(await thinker.record()).toMatchObject({
    usageSource: 'estimated',
    usage: { inputTokens: 8, outputTokens: 1 },
  })
  await thinker.stop()
})

test('a prompt too large to be counted is guessed by its size, never above what the model takes', async () => {
  await vendor.script('m-2026-01', [STREAM_HEAD, WORD, FINISH, DONE])
  const content = 'word '.repeat(2_000_000)
  await (await gateway.chat({ ...ASK, messages: [{ role: 'user', content }] })).text()
  expect(await gateway.record()).toMatchObject({ usageSource: 'estimated', usage: { inputTokens: CONTEXT } })
})

test('an answer that came whole and cannot be counted is guessed by its text, not taken for nothing', async () => {
  const message = { role: 'assistant', content: 'word '.repeat(80) }
  const whole = { id: 'c', object: 'chat.completion', created: 1, model: 'm-2026-01' }
  const text = JSON.stringify({ ...whole, choices: [{ index: 0, message, finish_reason: 'stop' }] })
  await vendor.script('m-2026-01', [
    { status: 200, framing: 'length', headers: { 'content-type': 'application/json' } },
    { text },
  ])
  const content = 'word '.repeat(2_000_000)
  await (await gateway.chat({ ...ASK, stream: false, messages: [{ role: 'user', content }] })).text()
  expect(await gateway.record()).toMatchObject({ usageSource: 'estimated', usage: { outputTokens: 100 } })
})

test('a vendor that never sent its head is charged the prompt as counted', async () => {
  const impatient = startGateway({ vendors: { acme: vendor.url }, timeouts: { firstEvent: 0.2 } })
  await vendor.script('m-2026-01', [{ stall: true }])
  const response = await impatient.chat({ ...ASK, stream: false })
  expect(response.status).toBe(504)
  expect(await impatient.record()).toMatchObject({
    outcome: 'error',
    usageSource: 'tokenizer',
    usage: { inputTokens: 8, outputTokens: 0 },
    attempts: [{ status: null }],
  })
  await impatient.stop()
})
