import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from 'bun:test'
import type { Dispatch } from '../../src/usage/journal'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, chunksOf } from './stream-text'

/** In pico-dollars a token: $2.50 and $10 for a million. */
const INPUT = 2_500_000n
const OUTPUT = 10_000_000n

/** The thread that counts takes seconds to begin on a busy machine. */
setDefaultTimeout(60_000)

let vendor: Vendor
let gateway: TestGateway
let dispatches: Dispatch[]
beforeAll(async () => {
  vendor = await startVendor()
})
afterAll(() => vendor.stop())
beforeEach(() => {
  dispatches = []
  gateway = startGateway({
    vendors: { first: vendor.url, second: vendor.url, third: vendor.url },
    account: account => ({ ...account, headers: { 'x-script': account.name } }),
    dispatch: about => {
      dispatches.push(about)
      return {} as never
    },
  })
})
afterEach(async () => {
  await gateway.stop()
  await vendor.clear()
})

const SILENT: Step[] = [{ status: 200, headers: { 'content-type': 'text/event-stream' } }]
const BUSY: Step[] = [{ status: 503, headers: { 'content-type': 'application/json' } }, { text: '{}' }]
/** It says what the prompt came to, and then that it cannot. */
const TOLD: Step[] = [
  ...SILENT,
  { chunk: `data: {"choices":[],"usage":{"prompt_tokens":77,"completion_tokens":0,"total_tokens":77}}` },
  { chunk: 'data: {"error":{"message":"overloaded","type":"server_error"}}' },
]

async function ask(scripts: Step[][], body: object = {}) {
  for (const [index, name] of ['first', 'second', 'third'].entries())
    if (scripts[index]) await vendor.script(name, scripts[index])
  const response = await gateway.chat({
    ...ASK,
    stream: true,
    stream_options: { include_usage: true },
    ...body,
  })
  return { response, text: await response.text(), record: await gateway.record() }
}

/** What the prompt is counted at by itself: as of a vendor that breaks off and is the only one that is asked. */
async function countedPrompt(): Promise<number> {
  const { record } = await ask([SILENT, BUSY, BUSY])
  return record.usage?.inputTokens ?? 0
}

test('a vendor that answered 200 and broke off before its first event is billed beside the one that answered', async () => {
  const prompt = await countedPrompt()
  expect(prompt).toBeGreaterThan(5)
  await gateway.forgetRecords()
  const { text, record } = await ask([SILENT, chat({ tokens: ['a', 'b'] })])
  const told = chunksOf(text).at(-1)?.usage
  const own = { input: BigInt(told?.prompt_tokens as number), output: 2n }
  expect(record).toMatchObject({
    outcome: 'ok',
    vendor: 'second',
    usageSource: 'mixed',
    usage: { inputTokens: prompt + Number(own.input), outputTokens: 2 },
    costPicoUsd: INPUT * (BigInt(prompt) + own.input) + OUTPUT * own.output,
    lines: [
      { attempt: 0, vendor: 'first', source: 'tokenizer', costPicoUsd: INPUT * BigInt(prompt) },
      { attempt: 1, vendor: 'second', source: 'vendor' },
    ],
  })
  // The caller reads what its answer used, and what all of it costs.
  expect(told).toMatchObject({ completion_tokens: 2, cost_usd: Number(record.costPicoUsd) / 1e12 })
})

test('a whole answer tells the sum, too', async () => {
  const broken: Step[] = [
    { status: 200, headers: { 'content-type': 'application/json' }, framing: 'close' },
    { text: '{"id":"chatcmpl-1","obj' },
  ]
  const { text, record } = await ask([broken, chat({ stream: false })], {
    stream: false,
    stream_options: undefined,
  })
  expect(record.lines?.map(({ attempt, source }) => [attempt, source])).toEqual([
    [0, 'tokenizer'],
    [1, 'vendor'],
  ])
  expect(JSON.parse(text).usage.cost_usd).toBe(Number(record.costPicoUsd) / 1e12)
})

test('figures that the vendor told before it broke off are its own word', async () => {
  const { record } = await ask([TOLD, chat({ tokens: ['a'] })])
  expect(record.usageSource).toBe('vendor')
  expect(record.lines?.[0]).toMatchObject({ usage: { inputTokens: 77 }, costPicoUsd: 77n * INPUT })
})

test('one that refused, or could not be reached, is billed for nothing', async () => {
  const { record } = await ask([BUSY, [{ status: 429, headers: {} }], chat()])
  expect(record).toMatchObject({ outcome: 'ok', usageSource: 'vendor', vendor: 'third' })
  expect(record).not.toHaveProperty('lines')
})

test('where nobody answers, what broke off is billed all the same', async () => {
  const { response, record } = await ask([SILENT, SILENT, BUSY])
  expect(response.status).toBe(503)
  expect(record).toMatchObject({ outcome: 'error', usageSource: 'tokenizer', vendor: 'third' })
  expect(record.lines?.map(({ attempt }) => attempt)).toEqual([0, 1])
  expect(record.costPicoUsd).toBe(INPUT * BigInt(record.usage?.inputTokens ?? 0))
})

test('the last one that broke off is billed once', async () => {
  const { record } = await ask([BUSY, BUSY, SILENT])
  expect(record).toMatchObject({ outcome: 'error', usageSource: 'tokenizer' })
  expect(record).not.toHaveProperty('lines')
})

test('the next attempt is written down with what the one before it may be billed for', async () => {
  const { record } = await ask([SILENT, chat()])
  expect(dispatches.map(({ vendor: name, earlier }) => [name, earlier?.length])).toEqual([
    ['first', undefined],
    ['second', 1],
  ])
  const [line] = dispatches[1]?.earlier ?? []
  expect(line).toMatchObject({
    attempt: 0,
    vendor: 'first',
    model: 'm-2026-01',
    priceVersion: record.priceVersion,
  })
  expect(line?.costPicoUsd).toBeGreaterThan(0n)
})

test('a caller who leaves while the second is asked is billed for both', async () => {
  await vendor.script('first', SILENT)
  await vendor.script('second', [...SILENT, { stall: true }])
  const leaving = new AbortController()
  const asking = gateway.chat({ ...ASK, stream: true }, { signal: leaving.signal }).catch(() => undefined)
  await vendor.waitForCall('second')
  leaving.abort()
  await asking
  const record = await gateway.record()
  expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'tokenizer' })
  expect(record.lines?.map(({ attempt }) => attempt)).toEqual([0, 1])
  expect(record.usage?.inputTokens).toBe(2 * (record.lines?.[0]?.usage.inputTokens ?? 0))
})
