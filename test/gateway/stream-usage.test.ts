import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { chat } from '../vendor/chat'
import { startVendor, type Vendor } from '../vendor/start'
import { bodyOf, type Step } from '../vendor/step'
import { startGateway, type TestGateway } from './start-gateway'
import {
  ASK,
  ASK_USAGE,
  chunksOf,
  contentOf,
  dataOf,
  HEAD,
  line,
  STREAM_HEAD,
  USAGE,
  USAGE_COST,
} from './stream-text'

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

async function streamed(steps: Step[], body: object): Promise<string> {
  await vendor.script('m-2026-01', steps)
  const response = await gateway.chat(body)
  expect(response.status).toBe(200)
  return response.text()
}

const usageChunk = { chunk: `data: ${JSON.stringify({ ...HEAD, choices: [], usage: USAGE })}` }
const DONE = { chunk: 'data: [DONE]' }
const words = [line({ content: 'a' }, { usage: null }), line({ content: 'b' }, { usage: null })].map(
  chunk => ({ chunk }),
)
const finish = { chunk: line({}, { usage: null }, 'stop') }

test('wire 76: who asked gets null usage on every chunk and the whole usage last, with its cost', async () => {
  const text = await streamed([STREAM_HEAD, ...words, finish, usageChunk, DONE], ASK_USAGE)
  const chunks = chunksOf(text)
  expect(chunks.map(({ usage }) => usage)).toEqual([null, null, null, { ...USAGE, cost_usd: USAGE_COST }])
  expect(chunks.at(-1)?.choices).toEqual([])
  expect(text.slice(0, 300)).toBe(bodyOf(words).toString().slice(0, 300))
  expect(text).toEndWith(',"cost_usd":0.000071}}\n\ndata: [DONE]\n\n')
})

test('wire 76: who did not ask never sees a usage key, in chunks of the same length', async () => {
  const steps = [STREAM_HEAD, ...words, finish, usageChunk, DONE]
  for (const body of [
    ASK,
    { ...ASK, stream_options: null },
    { ...ASK, stream_options: { include_usage: false } },
  ]) {
    const text = await streamed(steps, body)
    expect(text).not.toContain('usage')
    expect(text.length).toBe(bodyOf([...words, finish, DONE]).length)
    expect(contentOf(text)).toBe('ab')
  }
})

test('the cost in the body is the cost of the record', async () => {
  const usage = { inputTokens: 1234, cachedInputTokens: 1000, outputTokens: 77, reasoningTokens: 70 }
  const text = await streamed(chat({ tokens: 3, usage }), ASK_USAGE)
  const record = await gateway.record()
  const costUsd = chunksOf(text).at(-1)?.usage?.cost_usd
  // 234 × 2.5 + 1000 × 0.25 + 77 × 10 micro-dollars.
  expect([costUsd, record.costPicoUsd]).toEqual([0.001605, 1_605_000_000n])
  expect([record.usageSource, record.usage?.inputTokens]).toEqual(['vendor', 1234])
})

test('wire 77: usage on the finish chunk becomes a usage chunk of its own, the last one', async () => {
  const text = await streamed(
    [STREAM_HEAD, ...words, { chunk: line({}, { usage: USAGE }, 'stop') }, DONE],
    ASK_USAGE,
  )
  const chunks = chunksOf(text)
  expect(chunks.map(({ usage }) => usage ?? null)).toEqual([
    null,
    null,
    null,
    { ...USAGE, cost_usd: USAGE_COST },
  ])
  expect(chunks.at(-1)).toMatchObject({ ...HEAD, choices: [] })
  expect(chunks[2]?.choices?.[0]?.finish_reason).toBe('stop')
})

test('wire 77: usage before the last deltas still comes last', async () => {
  const text = await streamed([STREAM_HEAD, words[0]!, usageChunk, words[1]!, finish, DONE], ASK_USAGE)
  expect(contentOf(text)).toBe('ab')
  expect(chunksOf(text).at(-1)?.usage).toEqual({ ...USAGE, cost_usd: USAGE_COST })
})

test('T57: of two usage chunks the caller gets the last one, once', async () => {
  const early = { chunk: usageChunk.chunk.replace('"completion_tokens":5', '"completion_tokens":2') }
  const text = await streamed([STREAM_HEAD, ...words, early, finish, usageChunk, DONE], ASK_USAGE)
  expect(
    chunksOf(text)
      .filter(({ usage }) => usage)
      .map(({ usage }) => usage),
  ).toEqual([{ ...USAGE, cost_usd: USAGE_COST }])
  expect((await gateway.record()).usage?.outputTokens).toBe(5)
})

test('T58: impossible figures are replaced by an estimate that says so, in body and record alike', async () => {
  const wrong = { chunk: usageChunk.chunk.replace('"prompt_tokens":12', '"prompt_tokens":-12') }
  const text = await streamed([STREAM_HEAD, ...words, finish, wrong, DONE], ASK_USAGE)
  const usage = chunksOf(text).at(-1)?.usage
  const record = await gateway.record()
  expect(record.usageSource).toBe('tokenizer')
  expect(usage).toMatchObject({
    prompt_tokens: record.usage!.inputTokens,
    completion_tokens: record.usage!.outputTokens,
    total_tokens: record.usage!.inputTokens + record.usage!.outputTokens,
    cost_usd: Number(record.costPicoUsd) / 1e12,
  })
})

test('the answer of a vendor that tells no usage is counted, and the caller who asked is told', async () => {
  const tokens = Array.from({ length: 10 }, () => ' the')
  const text = await streamed(chat({ tokens, usage: null }), ASK_USAGE)
  const record = await gateway.record()
  expect([record.usageSource, record.outcome]).toEqual(['tokenizer', 'ok'])
  expect(record.usage!.outputTokens).toBe(10)
  expect(chunksOf(text).at(-1)?.usage?.completion_tokens).toBe(record.usage!.outputTokens)
  expect(record.costPicoUsd).toBeGreaterThan(0n)
})

test('wire 61, 82: one [DONE] ends the stream, and no event, id or retry line is added', async () => {
  const text = await streamed([STREAM_HEAD, ...words, finish, usageChunk, DONE, DONE, ...words], ASK_USAGE)
  expect(dataOf(text).filter(data => data === '[DONE]')).toHaveLength(1)
  expect(text).toEndWith('data: [DONE]\n\n')
  expect(text.split('\n').every(each => each === '' || each.startsWith('data: '))).toBe(true)
})

test('wire 88: an answer without a single word is whole if it has a finish', async () => {
  const text = await streamed(
    [
      STREAM_HEAD,
      { chunk: line({ role: 'assistant', content: '' }) },
      { chunk: line({}, {}, 'length') },
      usageChunk,
      DONE,
    ],
    ASK_USAGE,
  )
  expect(chunksOf(text).at(1)?.choices?.[0]?.finish_reason).toBe('length')
  expect(chunksOf(text).at(-1)?.usage).toMatchObject(USAGE)
  expect(await gateway.record()).toMatchObject({ outcome: 'ok', finishReason: 'length', ttftMs: null })
})
