import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'
import { ASK, chunksOf, contentOf, line, STREAM_HEAD } from './stream-text'

const PATIENCE_MS = 60
/** Longer than the gateway's patience, with room for a busy machine. */
const LATE_MS = 600

let vendor: Vendor
let gateway: TestGateway | undefined
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
afterEach(async () => {
  await gateway?.stop()
  await vendor.clear()
})

async function ask(
  first: Step[],
  second?: Step[],
  body: object = ASK,
  options: Partial<GatewayOptions> = {},
) {
  gateway = startGateway({
    vendors: { first: vendor.url, ...(second && { second: vendor.url }) },
    account: account => ({ ...account, headers: { 'x-script': account.name } }),
    patienceMs: PATIENCE_MS,
    ...options,
  })
  await vendor.script('first', first)
  if (second) await vendor.script('second', second)
  const response = await gateway.chat(body)
  return { response, gateway }
}

const LATE: Step = { wait: LATE_MS }
const FAIL: Step[] = [
  { status: 500, headers: { 'content-type': 'application/json' } },
  { text: '{"error":{"message":"boom"}}' },
]

test('wire 84: a vendor that fails before patience is over gives the answer its status', async () => {
  const { response } = await ask(FAIL)
  expect([response.status, response.headers.get('content-type')]).toEqual([502, 'application/json'])
})

test('after patience the caller gets its 200 and a comment, and then the answer', async () => {
  const { response, gateway } = await ask([LATE, ...chat({ tokens: ['late'] })])
  expect(response.status).toBe(200)
  // The vendor has sent nothing yet.
  const [call] = await vendor.calls('first')
  expect(call?.tokens).toBe(0)
  const text = await response.text()
  expect(text).toStartWith(': keep-alive\n\ndata: ')
  expect(contentOf(text)).toBe('late')
  expect(await gateway.record()).toMatchObject({ outcome: 'ok', status: 200 })
})

test('metadata alone commits nothing: the role and comments wait for the first content', async () => {
  const role = [
    STREAM_HEAD,
    { text: ': hi\n\n' },
    { chunk: line({ role: 'assistant', content: '' }) },
  ] as Step[]
  const failure = { chunk: 'data: {"error":{"message":"boom","code":"rate_limit_exceeded"}}' }
  const { response } = await ask([...role, failure])
  expect([response.status, ((await response.json()) as { error: { code: string } }).error.code]).toEqual([
    429,
    'upstream_rate_limited',
  ])
})

test('behind the 200 the next deployment may still be asked', async () => {
  const { response, gateway } = await ask([LATE, ...FAIL], chat({ tokens: ['second'] }))
  expect(response.status).toBe(200)
  expect(contentOf(await response.text())).toBe('second')
  expect((await gateway.record()).attempts.map(({ status }) => status)).toEqual([500, 200])
})

test('also when the vendor’s own 200 ends behind ours without content', async () => {
  const { response, gateway } = await ask(
    [STREAM_HEAD, { chunk: line({ role: 'assistant' }) }, LATE, { reset: true }],
    chat({ tokens: ['second'] }),
  )
  const text = await response.text()
  expect([response.status, contentOf(text)]).toEqual([200, 'second'])
  expect((await gateway.record()).attempts).toHaveLength(2)
})

test('after the first event behind the 200 nobody else is asked', async () => {
  const { response } = await ask(
    [LATE, ...chat({ tokens: ['one ', 'two '], cut: { after: 1, how: 'reset' } })],
    chat({ tokens: ['second'] }),
  )
  const text = await response.text()
  expect(contentOf(text)).toBe('one ')
  expect(chunksOf(text).at(-1)?.error?.code).toBe('upstream_error')
  expect(await vendor.calls('second')).toHaveLength(0)
})

test('behind the 200 the last failure is an error event with its own code, and [DONE]', async () => {
  const { response, gateway } = await ask(
    [LATE, ...FAIL],
    [
      { status: 400, headers: { 'content-type': 'application/json' } },
      { text: '{"error":{"message":"no such tool","code":"invalid_value","param":"tools[0]"}}' },
    ],
  )
  expect(response.status).toBe(200)
  expect(await response.text()).toBe(
    ': keep-alive\n\ndata: {"error":{"message":"no such tool","type":"invalid_request_error","param":"tools[0]","code":"invalid_value"}}\n\ndata: [DONE]\n\n',
  )
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    status: 200,
    errorCode: 'invalid_value',
    costPicoUsd: 0n,
  })
})

test('patience does not apply to an answer that is not streamed: its status is the vendor’s', async () => {
  const { response } = await ask([LATE, ...FAIL], undefined, { ...ASK, stream: false })
  expect(response.status).toBe(502)
})
