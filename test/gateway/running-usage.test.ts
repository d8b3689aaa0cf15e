import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { startVendor, type Vendor } from '../vendor/start'
import type { Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import { ASK, ASK_USAGE, chunksOf, contentOf, HEAD, line, STREAM_HEAD } from './stream-text'

/*
 * vLLM tells its figures with each chunk if it is asked, so that a stream that is cut has the vendor's own.
 */

let vendor: Vendor
let gateway: TestGateway
beforeAll(async () => {
  vendor = await startVendor()
  gateway = startGateway({
    vendors: { vllm: vendor.url },
    capabilities: ['streaming', 'reasoning'],
    model: { endpoints: ['chat.completions', 'completions'] },
  })
})
afterAll(async () => {
  await gateway.stop()
  await vendor.stop()
})
afterEach(async () => {
  await gateway.forgetRecords()
  await vendor.clear()
})

const figures = (output: number) => ({
  prompt_tokens: 12,
  total_tokens: 12 + output,
  completion_tokens: output,
})
const word = (delta: object, output: number): Step => ({ chunk: line(delta, { usage: figures(output) }) })
/** It thinks in sight, and what it thinks is in its figures. */
const BEGUN: Step[] = [
  STREAM_HEAD,
  word({ role: 'assistant', content: '' }, 0),
  word({ reasoning_content: 'Hm.' }, 3),
  word({ content: 'one' }, 5),
  word({ content: ' two' }, 7),
]
const WHOLE: Step[] = [
  ...BEGUN,
  { chunk: line({}, { usage: figures(8) }, 'stop') },
  { chunk: `data: ${JSON.stringify({ ...HEAD, choices: [], usage: figures(8) })}` },
  { chunk: 'data: [DONE]' },
]

const optionsSent = async () => {
  const [call] = await vendor.calls('m-2026-01')
  return JSON.parse(call!.body!.toString()).stream_options as unknown
}

test.each([
  [{}, { include_usage: true, continuous_usage_stats: true }],
  [
    { include_usage: true, x: 1 },
    { include_usage: true, x: 1, continuous_usage_stats: true },
  ],
  [
    { include_usage: false, continuous_usage_stats: null },
    { include_usage: true, continuous_usage_stats: true },
  ],
  [{ continuous_usage_stats: false }, { include_usage: true, continuous_usage_stats: false }],
])('a stream is asked to tell them unless the caller says no: %j', async (options, sent) => {
  await vendor.script('m-2026-01', WHOLE)
  await (await gateway.chat({ ...ASK, stream_options: options })).text()
  expect(await optionsSent()).toEqual(sent)
})

test('a completion is asked to tell them too', async () => {
  const text = (said: string, rest: object) =>
    `data: ${JSON.stringify({ ...HEAD, object: 'text_completion', ...rest, choices: [{ index: 0, text: said, finish_reason: null }] })}`
  await vendor.script('m-2026-01', [STREAM_HEAD, { chunk: text('one', {}) }, { close: true }])
  const response = await fetch(`${gateway.url}/v1/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', prompt: 'Hi', stream: true }),
  })
  await response.text()
  expect(await optionsSent()).toEqual({ include_usage: true, continuous_usage_stats: true })
})

test('who did not ask sees no usage, who did sees it once, at the end', async () => {
  await vendor.script('m-2026-01', WHOLE, WHOLE)
  const plain = await (await gateway.chat(ASK)).text()
  expect(plain).not.toContain('usage')
  const asked = chunksOf(await (await gateway.chat(ASK_USAGE)).text())
  expect(asked.slice(0, -1).map(chunk => chunk.usage)).toEqual(Array(5).fill(null))
  expect(asked.at(-1)).toMatchObject({ choices: [], usage: { ...figures(8), cost_usd: 0.00011 } })
  await gateway.record(2)
  for (const record of gateway.records)
    expect(record).toMatchObject({ outcome: 'ok', usageSource: 'vendor', usage: { outputTokens: 8 } })
})

test('a caller who leaves is billed by the figures that the vendor had told, its thoughts included', async () => {
  await vendor.script('m-2026-01', [...BEGUN, { stall: true }])
  const leaving = new AbortController()
  const response = await gateway.chat(ASK, { signal: leaving.signal })
  const reader = response.body!.getReader()
  for (let text = ''; !text.includes(' two'); ) text += Buffer.from((await reader.read()).value!).toString()
  leaving.abort()
  const [call] = await vendor.calls('m-2026-01')
  await vendor.waitForClosed(call!.id)
  expect(await gateway.record()).toMatchObject({
    outcome: 'cancelled',
    usageSource: 'vendor_partial',
    usage: { inputTokens: 12, outputTokens: 7 },
    costPicoUsd: 100_000_000n,
  })
})

test('a stream that breaks off is billed by the figures that were told, and what was told is noted on the way', async () => {
  await vendor.script('m-2026-01', [...BEGUN, { close: true }])
  const text = await (await gateway.chat(ASK)).text()
  expect(contentOf(text)).toBe('one two')
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    usageSource: 'vendor_partial',
    usage: { outputTokens: 7 },
  })
})
