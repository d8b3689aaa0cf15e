import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, contentOf, line, STREAM_HEAD } from './stream-text'

/** The thread that counts takes seconds to begin on a busy machine. */
setDefaultTimeout(60_000)

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => {
  gateway = twoVendors()
})
afterEach(async () => {
  await gateway.stop()
  await vendor.clear()
})

/** Two accounts at the tests' vendor, each with scripts of its own name. */
function twoVendors(urls: Partial<Record<'first' | 'second', string>> = {}) {
  return startGateway({
    vendors: { first: urls.first ?? vendor.url, second: urls.second ?? vendor.url },
    account: account => ({ ...account, headers: { 'x-script': account.name } }),
  })
}

const refuse = (status: number, error: object = { message: 'no' }): Step[] => [
  { status, headers: { 'content-type': 'application/json' } },
  { text: JSON.stringify({ error }) },
]

async function ask(first: Step[], second: Step[], stream = true) {
  await vendor.script('first', first)
  await vendor.script('second', second)
  const response = await gateway.chat({ ...ASK, stream })
  const text = await response.text()
  return { status: response.status, text, record: await gateway.record() }
}

const NEXT: [case_: string, steps: Step[]][] = [
  ...[401, 402, 403, 404, 408, 424, 429, 500, 502, 503, 504, 529].map((status): [string, Step[]] => [
    `status ${status}`,
    refuse(status),
  ]),
  ['insufficient_quota', refuse(429, { message: 'no', code: 'insufficient_quota' })],
  ['a redirect', [{ status: 307, headers: { location: '/v1/elsewhere' } }]],
  ['a reset before the head', [{ reset: true }]],
  ['a close before the head', [{ close: true }]],
  ['garbage for a head', [{ raw: 'SSH-2.0-OpenSSH\r\n' }, { close: true }]],
  ['an empty 200', [{ status: 200, headers: { 'content-type': 'text/event-stream' } }]],
  ['HTML with 200', [{ status: 200, headers: { 'content-type': 'text/html' } }, { text: '<html>' }]],
]
for (const [case_, steps] of NEXT)
  for (const stream of [true, false])
    test(`F44, F49: ${case_} goes to the next deployment (${stream ? 'stream' : 'unary'})`, async () => {
      const { status, text, record } = await ask(steps, chat({ stream, tokens: ['from ', 'second'] }), stream)
      expect([status, text.includes('second')]).toEqual([200, true])
      expect(record).toMatchObject({
        outcome: 'ok',
        vendor: 'second',
        attempts: [{ vendor: 'first' }, { vendor: 'second', status: 200 }],
      })
      expect([(await vendor.calls('first')).length, (await vendor.calls('second')).length]).toEqual([1, 1])
    })

const NEVER: [case_: string, steps: Step[], told: number][] = [
  ...[400, 409, 413, 422].map((status): [string, Step[], number] => [
    `status ${status}`,
    refuse(status),
    status,
  ]),
  ['403 for content', refuse(403, { message: 'no', code: 'content_filter' }), 403],
]
for (const [case_, steps, told] of NEVER)
  for (const stream of [true, false])
    test(`${case_} is never tried elsewhere (${stream ? 'stream' : 'unary'})`, async () => {
      const { status, record } = await ask(steps, chat({ stream }), stream)
      expect([status, record.attempts.length, record.vendor]).toEqual([told, 1, 'first'])
      expect(await vendor.calls('second')).toHaveLength(0)
    })

const EARLY: [case_: string, steps: Step[]][] = [
  ['an error event', [{ chunk: 'data: {"error":{"message":"overloaded","code":"overloaded"}}' }]],
  [
    'an error event after the role',
    [{ chunk: line({ role: 'assistant', content: '' }) }, { chunk: 'data: {"error":{"message":"boom"}}' }],
  ],
  ['an event that is no JSON', [{ chunk: 'data: {"choices":' }]],
  ['EOF after the role', [{ chunk: line({ role: 'assistant', content: '' }) }]],
  [
    'a reset after the role',
    [{ chunk: line({ role: 'assistant', content: '' }) }, { wait: 20 }, { reset: true }],
  ],
  ['comments and then EOF', [{ text: ': hello\n\n' }]],
  ['[DONE] alone, with an error before it', [{ chunk: 'data: {"error":"boom"}' }, { chunk: 'data: [DONE]' }]],
]
for (const [case_, steps] of EARLY)
  test(`wire 84: ${case_} before the first content goes to the next deployment`, async () => {
    const { text, record } = await ask([STREAM_HEAD, ...steps], chat({ tokens: ['from ', 'second'] }))
    expect(contentOf(text)).toBe('from second')
    expect(text.match(/"role"/g)).toHaveLength(1)
    expect(record).toMatchObject({
      outcome: 'ok',
      vendor: 'second',
      attempts: [{ status: 200 }, { status: 200 }],
    })
  })

test('after the first event nobody else is asked', async () => {
  const { status, text, record } = await ask(
    chat({ tokens: ['from ', 'first'], cut: { after: 1, how: 'reset' } }),
    chat(),
  )
  expect([status, contentOf(text)]).toEqual([200, 'from '])
  expect(text).toEndWith('"code":"upstream_error"}}\n\ndata: [DONE]\n\n')
  expect([record.outcome, record.attempts.length]).toEqual(['error', 1])
  expect(await vendor.calls('second')).toHaveLength(0)
})

test('F44: a refused connection goes to the next deployment', async () => {
  await gateway.stop()
  gateway = twoVendors({ first: 'http://127.0.0.1:1/v1' })
  const { status, record } = await ask([], chat())
  expect([status, record.attempts.map(({ status }) => status)]).toEqual([200, [null, 200]])
})

test('where nobody could be reached nothing is billed', async () => {
  await gateway.stop()
  gateway = twoVendors({ first: 'http://127.0.0.1:1/v1', second: 'http://127.0.0.1:1/v1' })
  const response = await gateway.chat(ASK)
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
    502,
    'upstream_error',
  ])
  expect(await gateway.record()).toMatchObject({ outcome: 'error', usage: null, costPicoUsd: 0n })
})

test('the last deployment’s failure is what the caller is told', async () => {
  const { status, text } = await ask(refuse(500), refuse(429))
  expect([status, JSON.parse(text).error.code]).toEqual([429, 'upstream_rate_limited'])
})

test('a pinned vendor is the only one asked', async () => {
  await vendor.script('first', refuse(500))
  const response = await gateway.chat({ ...ASK, model: 'first/m' })
  expect(response.status).toBe(502)
  expect(await vendor.calls('second')).toHaveLength(0)
})
