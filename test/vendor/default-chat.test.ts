import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { startVendor, type Vendor } from './start'
import { words } from './words'

let vendor: Vendor
let openai: OpenAI
beforeAll(async () => {
  vendor = await startVendor()
  openai = new OpenAI({ baseURL: vendor.url, apiKey: 'none', maxRetries: 0 })
})
afterAll(() => vendor.stop())
beforeEach(() => vendor.clear())

const messages = [{ role: 'user' as const, content: 'hello' }]
const knobs = (fields: object) => fields as { seed?: number }
const post = (body: object, signal?: AbortSignal) =>
  fetch(`${vendor.url}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'any', messages, ...body }),
    ...(signal && { signal }),
  })

test('streams as many tokens as asked for, with a usage that its bill agrees with', async () => {
  const fields = knobs({ x_tokens: 40, x_seed: 7, x_reasoning_tokens: 3, x_cached_tokens: 2 })
  const stream = openai.chat.completions.stream({
    model: 'any',
    messages,
    stream_options: { include_usage: true },
    ...fields,
  })
  const answer = await stream.finalChatCompletion()
  expect(answer.choices[0]?.message.content).toBe(words(7, 40).join(''))
  const [line] = await vendor.bill('any')
  expect(answer.usage).toMatchObject({
    prompt_tokens: line!.inputTokens,
    completion_tokens: 43,
    prompt_tokens_details: { cached_tokens: 2 },
    completion_tokens_details: { reasoning_tokens: 3 },
  })
  expect(line).toMatchObject({
    ending: 'complete',
    tokens: 43,
    outputTokens: 43,
    reasoningTokens: 3,
    cachedInputTokens: 2,
  })
})

test('puts usage on no chunk of a stream that did not ask for it', async () => {
  expect(await (await post({ stream: true })).text()).not.toContain('usage')
  const asked = await (await post({ stream: true, stream_options: { include_usage: true } })).text()
  const chunks = asked
    .trim()
    .split('\n\n')
    .slice(0, -1)
    .map(line => JSON.parse(line.slice(6)))
  expect(chunks.slice(0, -1).every(chunk => chunk.usage === null)).toBe(true)
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 8 } })
})

test('answers whole, for each of n choices, and sums their usage', async () => {
  const answer = await openai.chat.completions.create({
    model: 'any',
    messages,
    n: 3,
    ...knobs({ x_tokens: 4 }),
  })
  expect(answer.choices.map(choice => choice.message.content)).toEqual(
    [1, 2, 3].map(seed => words(seed, 4).join('')),
  )
  expect(answer.usage?.completion_tokens).toBe(12)
})

test('stops at max_tokens and says so', async () => {
  const answer = await openai.chat.completions.create({ model: 'any', messages, max_tokens: 3 })
  expect(answer.choices[0]).toMatchObject({
    finish_reason: 'length',
    message: { content: words(1, 3).join('') },
  })
})

test('pads every content event to the size asked for', async () => {
  const text = await (await post({ stream: true, x_tokens: 20, x_bytes_per_chunk: 300 })).text()
  const sizes = text
    .split(/(?<=\n\n)/)
    .slice(1, 21)
    .map(event => Buffer.byteLength(event))
  expect(sizes).toEqual(Array(20).fill(300))
})

test('keeps its pace over a whole stream', async () => {
  const startedAt = performance.now()
  await (await post({ stream: true, x_tokens: 50, x_pace_ms: 10 })).text()
  const tookMs = performance.now() - startedAt
  expect(tookMs).toBeGreaterThan(490)
  expect(tookMs).toBeLessThan(5_000)
})

test('stamps the time of sending where asked', async () => {
  const before = performance.timeOrigin + performance.now()
  const text = await (await post({ stream: true, x_stamp: true, x_tokens: 1 })).text()
  const stamp = Number(/"x_sent_ms":([\d.]+)/.exec(text)?.[1])
  expect(Math.abs(stamp - before)).toBeLessThan(1000)
})

test('bills what was sent when the caller leaves in mid-stream', async () => {
  const leave = new AbortController()
  const response = await post(
    { stream: true, x_tokens: 1000, x_pace_ms: 5, x_prompt_tokens: 9 },
    leave.signal,
  )
  let text = ''
  const decoder = new TextDecoder()
  for await (const piece of response.body!) {
    text += decoder.decode(piece, { stream: true })
    if (text.split('"content"').length > 10) break
  }
  leave.abort()
  const call = await vendor.waitForClosed(response.headers.get('x-request-id')!)
  expect(call.ending).toBe('left')
  expect(call.bill).toMatchObject({ inputTokens: 9, outputTokens: call.tokens })
  expect(call.tokens).toBeGreaterThanOrEqual(9)
  expect(call.tokens).toBeLessThan(100)
})

test('bills what was produced when the caller leaves an answer that is not streamed', async () => {
  const leave = new AbortController()
  const pending = post({ x_tokens: 1000, x_pace_ms: 5 }, leave.signal).catch(error => error.name)
  const call = await vendor.waitForCall('any')
  await Bun.sleep(60)
  leave.abort()
  expect(await pending).toBe('AbortError')
  const { bill } = await vendor.waitForClosed(call.id)
  expect(bill.outputTokens).toBeGreaterThan(2)
  expect(bill.outputTokens).toBeLessThan(100)
})

test('carries hundreds of paced streams at once without slowing down', async () => {
  const startedAt = performance.now()
  const one = async () =>
    (await (await post({ stream: true, x_tokens: 20, x_pace_ms: 20 })).text()).split('\n\n').length
  const counts = await Promise.all(Array.from({ length: 200 }, one))
  expect(new Set(counts)).toEqual(new Set([24]))
  expect(performance.now() - startedAt).toBeLessThan(15_000)
  expect((await vendor.bill('any')).reduce((sum, line) => sum + line.outputTokens, 0)).toBe(200 * 20)
})
