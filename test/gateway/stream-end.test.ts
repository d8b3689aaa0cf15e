import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { CREDENTIAL } from './catalog-of'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, ASK_USAGE, chunksOf, contentOf, dataOf, HEAD, line, STREAM_HEAD, USAGE } from './stream-text'

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

async function streamed(steps: Step[], body: object = ASK): Promise<string> {
  await vendor.script('m-2026-01', [STREAM_HEAD, ...steps])
  const response = await gateway.chat(body)
  expect(response.status).toBe(200)
  return response.text()
}

const START: Step[] = [
  { chunk: line({ role: 'assistant', content: '' }) },
  { chunk: line({ content: 'Once' }) },
]
const FINISH: Step = { chunk: line({}, {}, 'stop') }
const USAGE_STEP: Step = { chunk: `data: ${JSON.stringify({ ...HEAD, choices: [], usage: USAGE })}` }

/** What may come after the first words; each ends the caller's stream as a whole answer. */
const WHOLE: [statement: string, rest: Step[]][] = [
  ['wire 82: no [DONE] but a finish', [FINISH, USAGE_STEP]],
  ['T57: two [DONE]', [FINISH, USAGE_STEP, { chunk: 'data: [DONE]' }, { chunk: 'data: [DONE]' }]],
  [
    'T57: data after [DONE]',
    [FINISH, USAGE_STEP, { chunk: 'data: [DONE]' }, { chunk: line({ content: 'late' }) }],
  ],
  ['garbage after [DONE]', [FINISH, USAGE_STEP, { chunk: 'data: [DONE]' }, { text: '\0\0data: {' }]],
  ['no blank line after [DONE]', [FINISH, USAGE_STEP, { text: 'data: [DONE]' }]],
  [
    'no blank line after the usage, and no [DONE]',
    [FINISH, { text: (USAGE_STEP as { chunk: string }).chunk }],
  ],
  [
    'a connection that stays open after [DONE]',
    [FINISH, USAGE_STEP, { chunk: 'data: [DONE]' }, { stall: true }],
  ],
  ['a reset after [DONE]', [FINISH, USAGE_STEP, { chunk: 'data: [DONE]' }, { wait: 20 }, { reset: true }]],
  [
    'no [DONE], and an index only now and then',
    [{ chunk: line({ content: '' }).replace('"index":0,', '') }, FINISH, USAGE_STEP],
  ],
  [
    'comments and blank lines between events',
    [{ text: ': still there\n\n\n\n' }, FINISH, { text: '\n\n: x\n' }, USAGE_STEP],
  ],
]
for (const [statement, rest] of WHOLE)
  test(`${statement}: the answer is whole and ends once`, async () => {
    const text = await streamed([...START, ...rest])
    expect(contentOf(text)).toBe('Once')
    expect(dataOf(text).filter(data => data === '[DONE]')).toHaveLength(1)
    expect(text).toEndWith('data: [DONE]\n\n')
    expect(chunksOf(text).some(({ error }) => error !== undefined)).toBe(false)
    expect(await gateway.record()).toMatchObject({
      outcome: 'ok',
      status: 200,
      finishReason: 'stop',
      errorCode: null,
      usageSource: 'vendor',
    })
  })

for (const isWhole of [true, false])
  test(`of two answers without [DONE] ${isWhole ? 'both have finished: they are whole' : 'one has not finished: they broke'}`, async () => {
    const ofSecond = (chunk: string) => ({ chunk: chunk.replace('"index":0', '"index":1') })
    const steps = [...START, ofSecond(line({ content: 'Twice' })), FINISH]
    if (isWhole) steps.push(ofSecond(line({}, {}, 'stop')))
    const text = await streamed(steps, { ...ASK, n: 2 })
    expect(chunksOf(text).some(({ error }) => error !== undefined)).toBe(!isWhole)
    expect(await gateway.record()).toMatchObject({ outcome: isWhole ? 'ok' : 'error' })
  })

test('a finish that names no reason is none: an end after it breaks the answer', async () => {
  const text = await streamed([...START, { chunk: line({}, {}, '') }])
  expect(chunksOf(text).at(-1)?.error).toMatchObject({ code: 'upstream_error' })
  expect(await gateway.record()).toMatchObject({ outcome: 'error', finishReason: null })
})

/** What may come after the first words; each is an answer that broke. */
const BROKEN: [statement: string, rest: Step[], message: RegExp][] = [
  ['wire 88, T55: EOF without a finish', [], /ended its stream/],
  ['F48: a FIN before the last chunk of the framing', [{ wait: 20 }, { close: true }], /lost|ended/],
  ['F48: a reset', [{ wait: 20 }, { reset: true }], /lost/],
  [
    'T56: a malformed chunk size',
    [{ wait: 20 }, { raw: 'zz\r\ndata' }],
    /proper HTTP: a chunk without a size/,
  ],
  [
    'EOF inside an event’s JSON',
    [{ text: 'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":{"conte' }],
    /not valid/,
  ],
  [
    'T54: an event that never ends',
    [
      { text: 'data: {"x":"' },
      { repeat: 20, steps: [{ text: 'x'.repeat(64 * 1024) }, { wait: 1 }] },
      { stall: true },
    ],
    /not valid/,
  ],
  [
    'wire 87: an error event',
    [{ chunk: 'data: {"error":{"message":"boom","type":"x","param":null,"code":"y"}}' }],
    /^boom$/,
  ],
  ['wire 87: an error that is a string', [{ chunk: 'data: {"error":"boom"}' }], /^boom$/],
  [
    'wire 87: an error beside choices',
    [{ chunk: line({ content: '' }, { error: { message: 'boom', code: 502 } }) }],
    /^boom$/,
  ],
  [
    'wire 87: an error by the event’s name',
    [{ chunk: 'event: error\ndata: {"error":{"message":"boom"}}' }],
    /^boom$/,
  ],
  [
    'wire 87: a flat error by the event’s name',
    [{ chunk: 'event: error\ndata: {"message":"boom"}' }],
    /^boom$/,
  ],
  ['wire 87: an error without a word', [{ chunk: 'data: {"error":{}}' }], /reported an error/],
  [
    'T66: an error that quotes our credential',
    [{ chunk: `data: {"error":{"message":"boom ${CREDENTIAL}"}}` }],
    /^boom \[redacted\]$/,
  ],
]
for (const [statement, rest, message] of BROKEN)
  test(`wire 85: ${statement} ends in an error event and [DONE]`, async () => {
    const text = await streamed([...START, ...rest], ASK_USAGE)
    const [error, ...others] = chunksOf(text).filter(chunk => chunk.error !== undefined)
    expect(others).toEqual([])
    expect(Object.keys(error!)).toEqual(['error'])
    expect(error!.error).toEqual({
      message: expect.stringMatching(message),
      type: 'server_error',
      param: null,
      code: 'upstream_error',
    })
    expect(text).toEndWith(
      `data: {"error":{"message":${JSON.stringify(error!.error!.message)},"type":"server_error","param":null,"code":"upstream_error"}}\n\ndata: [DONE]\n\n`,
    )
    expect(contentOf(text)).toBe('Once')
    expect(text).not.toContain('"finish_reason":"')
    const record = await gateway.record()
    expect(record).toMatchObject({
      outcome: 'error',
      status: 200,
      errorCode: 'upstream_error',
      finishReason: null,
      usageSource: 'tokenizer',
    })
    expect(record.usage!.outputTokens).toBeGreaterThan(0)
    expect(record.costPicoUsd).toBeGreaterThan(0n)
  })

test('an error after the usage is billed by the usage', async () => {
  await streamed([...START, USAGE_STEP, { chunk: 'data: {"error":{"message":"boom"}}' }])
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    usageSource: 'vendor',
    usage: { outputTokens: 5 },
  })
})

test('wire 86: "error":null is no error, and does not reach the caller', async () => {
  const text = await streamed([
    { chunk: line({ content: 'a' }, { error: null }) },
    { chunk: line({ content: 'b' }, { error: null }) },
    FINISH,
  ])
  expect(text).not.toContain('error')
  expect(contentOf(text)).toBe('ab')
})

test('a vendor that broke the stream is hung up on at once', async () => {
  await streamed([...START, { chunk: 'data: {"error":{"message":"boom"}}' }, { stall: true }])
  const call = await vendor.waitForCall('m-2026-01')
  expect((await vendor.waitForClosed(call.id, 5_000)).closedAfterMs).toBeLessThan(5_000)
})

test('a vendor that keeps its connection open after [DONE] is hung up on, and the caller did not wait', async () => {
  await streamed([...START, FINISH, { chunk: 'data: [DONE]' }, { stall: true }])
  const call = await vendor.waitForCall('m-2026-01')
  expect(call.closedAfterMs).toBeNull()
  expect((await vendor.waitForClosed(call.id, 4_000)).closedAfterMs).toBeGreaterThan(1_500)
})

test('T59: NUL bytes, U+2028 and characters split in two pass to the byte', async () => {
  const odd = Buffer.from(`data: {"choices":[{"index":0,"delta":{"content":"\u2028😀é"}}],"x":"\0"}\n\n`)
  const smile = odd.indexOf(Buffer.from('😀'))
  const text = await streamed([
    ...START,
    { split: [smile + 1, smile + 2, smile + 5], gapMs: 1 },
    { bytes: odd },
    FINISH,
  ])
  expect(text).toContain(odd.toString())
})
