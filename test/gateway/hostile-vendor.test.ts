import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { bodyOf, type Step } from '../vendor/step'
import { CREDENTIAL } from './catalog-of'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, contentOf } from './stream-text'

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

const JSON_HEAD: Step = { status: 200, headers: { 'content-type': 'application/json' } }
const UNARY = { ...ASK, stream: false }

async function ask(steps: Step[], body: object = UNARY) {
  await vendor.script('m-2026-01', steps)
  const response = await gateway.chat(body)
  const text = await response.text()
  return { status: response.status, text, record: await gateway.record() }
}

const UNUSABLE: [case_: string, steps: Step[]][] = [
  ['T51: HTML', [{ status: 200, headers: { 'content-type': 'text/html' } }, { text: '<html>hello</html>' }]],
  ['T51: HTML that calls itself JSON', [JSON_HEAD, { text: '<html>hello</html>' }]],
  ['T51: half a JSON', [JSON_HEAD, { text: '{"choices":[{"index":0' }]],
  ['T51: a JSON that is no answer', [JSON_HEAD, { text: '{"ok":true}' }]],
  ['T51: an error under 200', [JSON_HEAD, { text: '{"error":{"message":"boom"}}' }]],
  ['T51: a list', [JSON_HEAD, { text: '[]' }]],
  ['T51: nothing', [JSON_HEAD]],
  [
    'T59: bytes that are not UTF-8',
    [JSON_HEAD, { bytes: Buffer.from('7b2263686f69636573223a5b22ff225d7d', 'hex') }],
  ],
  ['two answers in one body', [JSON_HEAD, { text: '{"choices":[]}{"choices":[]}' }]],
  [
    'JSON nested beyond any answer',
    [JSON_HEAD, { text: `{"choices":${'['.repeat(10_000)}${']'.repeat(10_000)}}` }],
  ],
  [
    'T56: a truncated body',
    [
      { ...JSON_HEAD, headers: { 'content-type': 'application/json', 'content-length': '500' } } as Step,
      { text: '{"choices":[' },
      { close: true },
    ],
  ],
  [
    'T56: a reset in the middle of the body',
    [JSON_HEAD, { text: '{"choices":[' }, { wait: 20 }, { reset: true }],
  ],
  [
    'T52: 10 MB of header',
    [{ raw: `HTTP/1.1 200 OK\r\nx-a: ${'x'.repeat(10 * 1024 * 1024)}\r\n\r\n` }, { close: true }],
  ],
  [
    'a compressed answer that was not asked for',
    [
      { status: 200, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' } },
      { bytes: Bun.gzipSync(Buffer.from('{"choices":[]}')) },
    ],
  ],
]
for (const [case_, steps] of UNUSABLE)
  test(`${case_} is a 502 upstream_error, and is billed by estimate`, async () => {
    const { status, text, record } = await ask(steps)
    expect([status, JSON.parse(text).error.code, JSON.parse(text).error.type]).toEqual([
      502,
      'upstream_error',
      'server_error',
    ])
    expect(record).toMatchObject({ outcome: 'error', status: 502, usageSource: 'tokenizer' })
  })

for (const stream of [true, false])
  test(`an answer of the wrong type is given up at its head (${stream ? 'stream' : 'unary'})`, async () => {
    const head = { status: 200, headers: { 'content-type': 'text/html' } }
    const { status } = await ask([head, { text: '<html>' }, { stall: true }], { ...ASK, stream })
    expect(status).toBe(502)
    const call = await vendor.waitForCall('m-2026-01')
    await vendor.waitForClosed(call.id)
  })

test('T39: an answer of more than 64 MiB is given up on the way', async () => {
  const flood: Step = { repeat: 80, steps: [{ text: 'x'.repeat(1024 * 1024) }] }
  const { status, text, record } = await ask([JSON_HEAD, { text: '{"choices":["' }, flood, { stall: true }])
  expect([status, JSON.parse(text).error.code]).toEqual([502, 'upstream_error'])
  expect(record).toMatchObject({ outcome: 'error', status: 502, errorCode: 'upstream_error' })
  const call = await vendor.waitForCall('m-2026-01')
  await vendor.waitForClosed(call.id)
}, 20_000)

test.each([
  [{ message: 'the GPU is on fire' }, 502, 'upstream_error', 'The vendor failed: the GPU is on fire'],
  [{ message: 'slow down', type: 'rate_limit_error' }, 429, 'upstream_rate_limited', 'limits'],
  [{ message: 'busy', code: '503' }, 503, 'upstream_unavailable', 'overloaded'],
  [`a key: ${CREDENTIAL}`, 502, 'upstream_error', '[redacted]'],
])('T51: what an error under 200 says is the failure: %j', async (error, status, code, words) => {
  const found = await ask([JSON_HEAD, { text: JSON.stringify({ error }) }])
  const told = JSON.parse(found.text).error
  expect([found.status, told.code]).toEqual([status, code])
  expect(told.message).toContain(words)
  expect(found.text).not.toContain(CREDENTIAL)
  expect(found.record).toMatchObject({ status, errorCode: code })
})

test('T53: a thousand early hints come before a good answer', async () => {
  const hints: Step = { repeat: 1_000, steps: [{ status: 103, headers: { link: '</a>; rel=preload' } }] }
  const { status, record } = await ask([hints, ...chat({ stream: false })])
  expect([status, record.outcome]).toEqual([200, 'ok'])
})

test('T57: usage beside a text that quotes usage is the answer’s own', async () => {
  const quoted = '"usage":{"prompt_tokens":999}'
  const body = JSON.stringify({
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
    choices: [
      { index: 0, message: { content: quoted, usage: { prompt_tokens: 999 } }, finish_reason: 'stop' },
    ],
  })
  const { text, record } = await ask([JSON_HEAD, { text: body }])
  expect(text).toBe(body.replace('"total_tokens":5}', '"total_tokens":5,"cost_usd":0.0000275}'))
  expect(record).toMatchObject({
    usageSource: 'vendor',
    usage: { inputTokens: 3, outputTokens: 2 },
    costPicoUsd: 27_500_000n,
  })
})

test('T58: an answer with impossible usage is billed by estimate, and the caller reads the estimate', async () => {
  const usage = { prompt_tokens: 5, completion_tokens: -7, total_tokens: -2 }
  const body = JSON.stringify({
    choices: [{ index: 0, message: { content: 'a' }, finish_reason: 'stop' }],
    usage,
  })
  const { status, text, record } = await ask([JSON_HEAD, { text: body }])
  expect([status, record.outcome, record.usageSource]).toEqual([200, 'ok', 'tokenizer'])
  expect(JSON.parse(text).usage).toMatchObject({
    prompt_tokens: record.usage!.inputTokens,
    completion_tokens: record.usage!.outputTokens,
    cost_usd: Number(record.costPicoUsd) / 1e12,
  })
  expect(record.usage!.inputTokens).toBeGreaterThan(0)
})

test('T62: bytes after an answer are not the next request’s answer', async () => {
  const good = chat({ stream: false, tokens: ['good'] })
  const smuggled = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"choices":[]}`
  const twoLengths: Step[] = [
    {
      status: 200,
      headers: { 'content-type': 'application/json', 'content-length': '5', 'transfer-encoding': 'chunked' },
    },
    { raw: `${bodyOf(good).length.toString(16)}\r\n${bodyOf(good)}\r\n0\r\n\r\n` },
  ]
  await vendor.script('m-2026-01', [...good, { end: true }, { raw: smuggled }], twoLengths, good)
  for (let round = 0; round < 6; round++) {
    const response = await gateway.chat(UNARY)
    const text = await response.text()
    if (response.status === 200) expect(JSON.parse(text).choices[0].message.content).toBe('good')
    else expect(response.status).toBe(502)
    await Bun.sleep(5)
  }
})

test('an answer that arrives byte by byte is put together', async () => {
  const [head, body] = chat({ stream: false, tokens: ['näh'] }) as [Step, Step]
  const { text } = await ask([
    head,
    { split: Array.from({ length: 60 }, (_, index) => index * 5), gapMs: 0 },
    body,
  ])
  expect(JSON.parse(text).choices[0].message.content).toBe('näh')
})

test('a flood does not pile up: a caller that reads slowly holds the vendor back', async () => {
  await vendor.script('m-2026-01', chat({ tokens: Array(30_000).fill('x'.repeat(1_000)) }))
  const response = await gateway.chat(ASK)
  const reader = response.body!.getReader()
  await reader.read()
  const before = process.memoryUsage().rss
  await Bun.sleep(400)
  const grown = process.memoryUsage().rss - before
  const [bill] = await vendor.bill('m-2026-01')
  let text = ''
  const decoder = new TextDecoder()
  for (let next = await reader.read(); !next.done; next = await reader.read())
    text += decoder.decode(next.value, { stream: true })
  expect(bill!.tokens).toBeLessThan(25_000)
  expect(grown).toBeLessThan(64 * 1024 * 1024)
  expect(contentOf(text.slice(text.indexOf('\n\n', text.length - 3_000) + 2)).length).toBeGreaterThan(0)
  expect(text).toEndWith('data: [DONE]\n\n')
  expect(await gateway.record()).toMatchObject({ outcome: 'ok', usage: { outputTokens: 30_000 } })
}, 15_000)
