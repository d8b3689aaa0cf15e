import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { priceOf } from '../catalog/price-of'
import { readRecorded, recorded } from '../recorded'
import { cut, HOW_CUT } from '../recordings/wire'
import type { Step } from '../vendor/step'
import { SECONDS, spokenStream, TEXT, TOKENS, transcript } from '../vendor/transcript'
import { ask, form, formOf, ORDERS, RECORDING } from './spoken'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

const PATH = 'audio/transcriptions'
const price = priceOf({ input: '1.25', audio_input: '3', output: '5' })
/** 2 × 1.25 + 35 × 3 + 9 × 5 micro-dollars. */
const COST = 152_500_000n

let served: Served
beforeAll(async () => {
  served = await startEndpoint(['audio.transcriptions'], { input: '1' }, { model: { price } })
})
afterAll(() => served.stop())
afterEach(async () => {
  await served.gateway.forgetRecords()
  await served.vendor.clear()
})

interface Event {
  type: string
  delta?: string
  text?: string
  usage?: object
  error?: { code: string; message: string }
}

async function listen(steps: Step[], body: FormData = ask('file first', { stream: 'true' })) {
  await served.vendor.script(`/v1/${PATH}`, steps)
  const response = await served.post(PATH, body)
  const text = await response.text()
  const data = text.split(/\r?\n\r?\n/).flatMap(event => (event.startsWith('data: ') ? [event.slice(6)] : []))
  const events = data.filter(each => each !== '[DONE]').map(each => JSON.parse(each) as Event)
  return { response, text, events, isDone: data.at(-1) === '[DONE]' }
}

for (const order of ORDERS)
  test(`${order}: a stream is the vendor’s events, the last with what it cost`, async () => {
    const { response, events, isDone } = await listen(spokenStream(), ask(order, { stream: 'true' }))
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(events).toEqual([
      { type: 'transcript.text.delta', delta: 'Zürich ' },
      { type: 'transcript.text.delta', delta: 'is ' },
      { type: 'transcript.text.delta', delta: 'fine.' },
      { type: 'transcript.text.done', text: TEXT, usage: { ...TOKENS, cost_usd: 0.0001525 } } as Event,
    ])
    expect(isDone).toBe(true)
    const [bill] = await served.vendor.bill()
    expect(await served.gateway.record()).toMatchObject({
      endpoint: 'audio.transcriptions',
      stream: true,
      outcome: 'ok',
      usage: {
        inputTokens: bill!.inputTokens,
        audioInputTokens: bill!.audioInputTokens!,
        outputTokens: bill!.outputTokens,
      },
      usageSource: 'vendor',
      costPicoUsd: COST,
      ttftMs: expect.any(Number),
    })
  })

test('a stream without [DONE] that has said its last event is whole', async () => {
  const { isDone, events } = await listen(spokenStream({ done: false }))
  expect([isDone, events.at(-1)?.type]).toEqual([true, 'transcript.text.done'])
  expect(await served.gateway.record()).toMatchObject({ outcome: 'ok', costPicoUsd: COST })
})

test('wire 101: a vendor that does not stream is made one', async () => {
  const { events, isDone, response } = await listen(transcript({ usage: TOKENS }))
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(events).toEqual([
    { type: 'transcript.text.delta', delta: TEXT },
    { type: 'transcript.text.done', text: TEXT, usage: { ...TOKENS, cost_usd: 0.0001525 } } as Event,
  ])
  expect(isDone).toBe(true)
  expect(await served.gateway.record()).toMatchObject({ outcome: 'ok', stream: true, costPicoUsd: COST })
})

test('a stream that is asked for behind the file is one, and the vendor is asked for the whole', async () => {
  const body = form([
    ['model', 'm'],
    ['file', RECORDING],
    ['stream', 'true'],
  ])
  const { events, isDone, response } = await listen(transcript({ usage: TOKENS }), body)
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(events.map(({ type }) => type)).toEqual(['transcript.text.delta', 'transcript.text.done'])
  expect(events.at(-1)?.usage).toEqual({ ...TOKENS, cost_usd: 0.0001525 })
  expect(isDone).toBe(true)
  const { fields } = await formOf((await served.vendor.calls())[0]!)
  expect(fields).toContainEqual(['stream', 'false'])
  expect(await served.gateway.record()).toMatchObject({ stream: true, costPicoUsd: COST })
})

test('stream=false is no stream', async () => {
  await served.vendor.script(`/v1/${PATH}`, transcript({ usage: TOKENS }))
  const response = await served.post(PATH, ask('model first', { stream: 'false' }))
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await served.gateway.record()).toMatchObject({ stream: false })
})

for (const [case_, usage] of [
  ['absent', null],
  ['negative', { ...TOKENS, input_tokens: -1 }],
  ['no sum', { ...TOKENS, total_tokens: 7 }],
  ['in seconds, which have no price', SECONDS],
] as const)
  test(`usage that is ${case_} is what the recording and the text come to`, async () => {
    const { events } = await listen(spokenStream({ usage }))
    const record = await served.gateway.record()
    // Four seconds, ten tokens each.
    expect(record).toMatchObject({
      usage: { inputTokens: 40, audioInputTokens: 40 },
      usageSource: 'estimated',
    })
    expect(record.usage!.outputTokens).toBeGreaterThan(2)
    expect(record.usage!.outputTokens).toBeLessThan(9)
    const told = events.at(-1)?.usage as { input_tokens: number; cost_usd: number } | undefined
    if (usage) expect(told).toMatchObject({ input_tokens: 40, cost_usd: Number(record.costPicoUsd) / 1e12 })
    else expect(told).toBeUndefined()
  })

for (const [case_, how] of [
  ['is reset', { reset: true }],
  ['just closes', { close: true }],
] as [string, Step][])
  test(`a vendor that ${case_} in the middle is an error event and [DONE], and what was heard is billed`, async () => {
    const { events, isDone } = await listen(spokenStream({ cut: { after: 2, how } }))
    expect(events.map(({ type }) => type)).toEqual([
      'transcript.text.delta',
      'transcript.text.delta',
      undefined as never,
    ])
    expect(events.at(-1)?.error).toMatchObject({ code: 'upstream_error' })
    expect(isDone).toBe(true)
    expect(await served.gateway.record()).toMatchObject({
      outcome: 'error',
      usage: { audioInputTokens: 40 },
      usageSource: 'estimated',
    })
  })

test('an error before the first word has its status', async () => {
  const error = { message: 'Overloaded.', type: 'server_error', code: 'overloaded', param: null }
  await served.vendor.script(`/v1/${PATH}`, [
    { status: 200, headers: { 'content-type': 'text/event-stream' } },
    { chunk: `data: ${JSON.stringify({ error })}` },
  ])
  const response = await served.post(PATH, ask('file first', { stream: 'true' }))
  expect(await refusalOf(response)).toMatchObject({ status: 503, code: 'upstream_unavailable' })
})

test('an error in the middle is an error event', async () => {
  const error = { message: 'Broken.', type: 'server_error', code: null, param: null }
  const cut: Step = { chunk: `data: ${JSON.stringify({ type: 'error', error })}` }
  const { events, isDone } = await listen(spokenStream({ cut: { after: 1, how: cut } }))
  expect(events.at(-1)?.error).toMatchObject({ message: 'Broken.', code: 'upstream_error' })
  expect(isDone).toBe(true)
})

test('a caller who leaves in the middle is billed the recording and the words that it heard', async () => {
  await served.vendor.script(`/v1/${PATH}`, [...spokenStream({ cut: { after: 2, how: { stall: true } } })])
  const controller = new AbortController()
  const response = await served.post(PATH, ask('file first', { stream: 'true' }), {
    signal: controller.signal,
  })
  const reader = response.body!.getReader()
  await reader.read()
  const [call] = await served.vendor.calls()
  controller.abort()
  await served.vendor.waitForClosed(call!.id)
  const record = await served.gateway.record()
  expect(record).toMatchObject({
    outcome: 'cancelled',
    status: 200,
    usage: { audioInputTokens: 40 },
    usageSource: 'estimated',
  })
  expect(record.usage!.outputTokens).toBeGreaterThan(0)
})

const spoken = recorded('a spoken stream')
test.skipIf(spoken.length === 0)(`a recorded stream passes, and its usage is read (${HOW_CUT})`, async () => {
  const bytes = readRecorded(spoken[0]!)
  const head: Step = { status: 200, headers: { 'content-type': 'text/event-stream; charset=utf-8' } }
  const { events, isDone, text } = await listen([head, ...cut(bytes)])
  expect(text.startsWith(bytes.toString().slice(0, 150))).toBe(true)
  expect(events.map(({ type }) => type)).toEqual(['transcript.text.segment', 'transcript.text.done'])
  expect(isDone).toBe(true)
  expect(await served.gateway.record()).toMatchObject({
    usage: { inputTokens: 37, audioInputTokens: 37, outputTokens: 145 },
    usageSource: 'vendor',
    // 37 × 3 + 145 × 5 micro-dollars.
    costPicoUsd: 836_000_000n,
  })
})
