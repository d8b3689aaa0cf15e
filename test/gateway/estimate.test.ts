import { expect, test } from 'bun:test'
import { costBound } from '../../src/catalog/bound'
import type { PriceSpec } from '../../src/catalog/rate'
import { isWithinContext } from '../../src/gateway/count-chat'
import { ChatEstimate, plainEstimate } from '../../src/gateway/estimate'
import type { Asked, Operation } from '../../src/gateway/operation'
import { readMessagesRequest } from '../../src/messages/request'
import type { Deployment } from '../../src/routing/plan'
import { compatible } from '../../src/vendors/compatible/adapter'
import { FAMILY } from '../../src/vendors/compatible/family'
import { readChatRequest } from '../../src/wire/chat-request'
import { readCompletionRequest } from '../../src/wire/completion-request'
import { NO_USAGE } from '../../src/wire/usage'
import { priceOf } from '../catalog/price-of'

function deployment(change: Partial<Deployment> = {}, spec: PriceSpec = { input: '2.50', output: '10.00' }) {
  const known = {
    contextWindow: 128_000,
    maxOutputTokens: 16_384,
    hidesReasoning: false,
    adapter: {},
    capabilities: new Set(),
  }
  return { ...known, price: priceOf(spec), ...change } as unknown as Deployment
}

const chat = (change: object = {}) =>
  readChatRequest(
    Buffer.from(JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hello' }], ...change })),
  )
const most = (change: object, ...deployments: Deployment[]) =>
  new ChatEstimate(chat(change), deployments).mostPicoUsd
const ONE = deployment()
/** One output token. */
const OUTPUT = 10_000_000n

test('every byte of the prompt is reserved for as a token, and the whole answer', () => {
  const bytes = chat({ max_tokens: 100 }).body.length
  const bound = most({ max_tokens: 100 }, ONE)
  expect(bound).toBeGreaterThan(BigInt(bytes) * 2_500_000n + 100n * OUTPUT)
  expect(bound).toBeLessThan(BigInt(bytes + 100) * 2_500_000n + 101n * OUTPUT)
})

test('every further answer and token costs what it may cost', () => {
  expect(most({ max_tokens: 101 }, ONE) - most({ max_tokens: 100 }, ONE)).toBe(OUTPUT)
  expect(most({ max_tokens: 100, n: 2 }, ONE) - most({ max_tokens: 100, n: 1 }, ONE)).toBe(100n * OUTPUT)
})

test('of several deployments the dearest one is reserved for, of several tiers those that can be reached', () => {
  const dear = deployment({}, { input: '2.50', output: '100.00' })
  expect(most({ max_tokens: 100 }, ONE, dear)).toBe(most({ max_tokens: 100 }, dear))
  const far = { input: '2.50', output: '10.00', tiers: [{ from_input_tokens: 100_000, output: '50.00' }] }
  expect(most({ max_tokens: 100 }, deployment({}, far))).toBe(most({ max_tokens: 100 }, ONE))
  const near = { ...far, tiers: [{ from_input_tokens: 50, output: '50.00' }] }
  const increase = most({ max_tokens: 100 }, deployment({}, near)) - most({ max_tokens: 100 }, ONE)
  expect(increase).toBe(100n * 4n * OUTPUT)
})

test('an address of a picture may be a large picture, a file a whole context', () => {
  const part = (content: object) => ({ max_tokens: 1, messages: [{ role: 'user', content: [content] }] })
  const image = { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }
  expect(most(part(image), ONE)).toBeGreaterThan(50_000n * 2_500_000n)
  const file = { type: 'file', file: { file_id: 'file-1' } }
  const whole = costBound({ inputTokens: 128_000, outputTokens: 1 }, ONE.price)
  expect(most(part(file), ONE)).toBe(whole)
})

test('T88 what the vendor itself brings in may fill the whole context', () => {
  const once = costBound({ inputTokens: 128_000, outputTokens: 1 }, ONE.price)
  expect(most({ max_tokens: 1, cached_content: 'cachedContents/1' }, ONE)).toBe(once)
  expect(most({ max_tokens: 1, data_sources: [{}] }, ONE)).toBe(once)
  expect(most({ max_tokens: 1, cached_content: null }, ONE)).toBeLessThan(once / 50n)
  const spoken = (audio: object | null) => {
    const messages = [
      { role: 'user', content: 'Hello' },
      { role: 'assistant', audio },
    ]
    return most({ max_tokens: 1, messages }, ONE)
  }
  expect(spoken({ id: 'audio_1' })).toBe(once)
  expect(spoken(null)).toBeLessThan(once / 50n)
  expect(most({ max_tokens: 1, web_search_options: {} }, ONE)).toBe(once)
  expect(most({ max_tokens: 1, web_search_options: null, enable_search: false }, ONE)).toBeLessThan(
    once / 50n,
  )
  for (const members of [
    { plugins: [] },
    { plugins: [{ id: 'response-healing' }] },
    { search_parameters: { mode: 'off' } },
  ])
    expect(most({ max_tokens: 1, ...members }, ONE)).toBeLessThan(once / 50n)
})

test('T88 a part that leads to a film or a file may fill the whole context, an ordinary picture not', () => {
  const once = costBound({ inputTokens: 128_000, outputTokens: 1 }, ONE.price)
  const shown = (part: object) => most({ max_tokens: 1, messages: [{ role: 'user', content: [part] }] }, ONE)
  const picture = (url: string) => shown({ type: 'image_url', image_url: { url } })
  for (const url of [
    'https://youtu.be/x',
    'https://www.youtube.com/watch?v=x',
    'gs://bucket/film.mp4',
    'https://generativelanguage.googleapis.com/v1beta/files/x',
  ])
    expect(picture(url)).toBe(once)
  expect(shown({ type: 'video_url', video_url: { url: 'https://a.example/film.mp4' } })).toBe(once)
  expect(shown({ type: 'document_url', document_url: 'https://a.example/book.pdf' })).toBe(once)
  expect(picture('https://a.example/cat.png')).toBeLessThan(once / 2n)
  expect(shown({ type: 'text', text: 'youtu.be' })).toBeLessThan(once / 50n)
})

test('T88 a document whose type is spelt in escapes is one', () => {
  const message = (type: string) => {
    const text = `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":${type},"source":{"type":"url","url":"https://a.example/b"}}]}]}`
    const bytes = Buffer.from(text)
    return new ChatEstimate(readMessagesRequest({ bytes, length: bytes.length, betas: null }), [ONE])
      .mostPicoUsd
  }
  expect(message('"\\u0064ocument"')).toBe(message('"document"'))
  expect(message('"\\u0069mage"')).toBeGreaterThan(50_000n * 2_500_000n)
})

test('T88 tools that a vendor runs are read for after each round, where bytes pass and a price pays for them', () => {
  const paid = deployment({}, { input: '2.50', output: '10.00', request: '0' })
  const whole = costBound({ inputTokens: 1_280_000, outputTokens: 1 }, paid.price)
  expect(most({ max_tokens: 1, tools: [{ type: 'web_search' }] }, paid)).toBe(whole)
  expect(most({ max_tokens: 1, tools: [{ type: 'function', function: { name: 'f' } }] }, paid)).toBeLessThan(
    whole / 50n,
  )
})

test('T88 where a vendor searches or calls by itself, its model may read as much after each of ten rounds', () => {
  const whole = costBound({ inputTokens: 1_280_000, outputTokens: 1 }, ONE.price)
  const message = (more: object) => {
    const said = { model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hello' }], ...more }
    const bytes = Buffer.from(JSON.stringify(said))
    return new ChatEstimate(readMessagesRequest({ bytes, length: bytes.length, betas: null }), [ONE])
      .mostPicoUsd
  }
  expect(message({ tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }] })).toBe(whole)
  expect(message({ mcp_servers: [{ type: 'url', name: 'a', url: 'https://a.example' }] })).toBe(whole)
  expect(message({ mcp_servers: null })).toBeLessThan(whole / 50n)
  expect(message({ tools: [{ type: 'custom', name: 'web_fetch_' }] })).toBeLessThan(whole / 50n)
})

test('searches are reserved for where the price has a rate for requests', () => {
  const priced = deployment({}, { input: '2.50', output: '10.00', request: '0.035' })
  const asked = { max_tokens: 1, web_search_options: {} }
  expect(most(asked, priced) - most(asked, ONE)).toBe(35_000_000_000n)
})

test('an answer without a length is as long as the model’s, or as long as there is money for, but no stub', () => {
  const request = chat()
  const estimate = new ChatEstimate(request, [ONE])
  expect(estimate.capFor(estimate.mostPicoUsd)).toBe(16_384)
  for (const tokens of [256, 257, 1_000, 16_383]) {
    const picoUsd = most({ max_tokens: tokens }, ONE)
    const fitted = estimate.fit(picoUsd)
    expect(fitted).toBeLessThanOrEqual(picoUsd)
    const cap = estimate.capFor(fitted) ?? 0
    expect(cap).toBeGreaterThanOrEqual(tokens - 2)
    expect(cap).toBeLessThanOrEqual(tokens + 8)
  }
  expect(estimate.leastPicoUsd).toBeLessThan(estimate.mostPicoUsd)
})

test('a length that the caller sets is never shortened', () => {
  const estimate = new ChatEstimate(chat({ max_tokens: 5_000 }), [ONE])
  expect([estimate.leastPicoUsd, estimate.fit(1n)]).toEqual([estimate.mostPicoUsd, estimate.mostPicoUsd])
  expect(estimate.capFor(estimate.mostPicoUsd)).toBeUndefined()
})

test('an answer has room beside its prompt, and a model of which nothing is known gets a length too', () => {
  const long = chat({ messages: [{ role: 'user', content: 'x'.repeat(20_000) }] })
  const small = deployment({ contextWindow: 16_000, maxOutputTokens: 16_000 })
  const estimate = new ChatEstimate(long, [small])
  expect(estimate.capFor(estimate.mostPicoUsd)).toBeLessThan(6_000)
  const unknown = new ChatEstimate(chat(), [deployment({ contextWindow: null, maxOutputTokens: null })])
  expect(unknown.capFor(unknown.mostPicoUsd)).toBe(32_768)
})

test('a completion without a length may be as long as its model’s, or as what fits: its vendor is told none', () => {
  const { body } = readCompletionRequest(Buffer.from('{"model":"m","prompt":"Once"}'))
  const of = (more: object, on: Deployment) => {
    const said = { model: 'm', prompt: 'Once', ...more }
    const asked: Asked = readCompletionRequest(Buffer.from(JSON.stringify(said)))
    return plainEstimate({ endpoint: 'completions' } as Operation, asked, [on]).mostPicoUsd
  }
  const tokensOf = (picoUsd: bigint) => Number((picoUsd - BigInt(body.length + 64) * 2_500_000n) / OUTPUT)
  expect(tokensOf(of({}, ONE))).toBe(16_384)
  expect(tokensOf(of({}, deployment({ maxOutputTokens: null })))).toBe(128_000)
  const unknown = deployment({ maxOutputTokens: null, contextWindow: null })
  expect(tokensOf(of({}, unknown))).toBe(2_000_000)
  const best = (best_of: number) => of({ max_tokens: 7, best_of }, unknown)
  expect(best(3) - best(1)).toBe(14n * OUTPUT)
})

test('what is free costs nothing', () => {
  expect(most({ max_tokens: 100_000 }, deployment({}, { input: '0', output: '0' }))).toBe(0n)
})

test('T88 what a model thinks beside the length that its vendor is told is set aside with it', () => {
  const apart = {
    adapter: { translation: { thinksApart: true } },
    hidesReasoning: true,
  } as Partial<Deployment>
  const thinking = most({ max_tokens: 100 }, deployment({ ...apart, contextWindow: 32_768 }))
  expect(thinking - most({ max_tokens: 100 }, ONE)).toBe(32_768n * OUTPUT)
  const long = most({ max_tokens: 100 }, deployment({ ...apart, contextWindow: 1_000_000 }))
  expect(long - most({ max_tokens: 100 }, ONE)).toBe(131_072n * OUTPUT)
  // Whether a model thinks is not known of all.
  expect(
    most({ max_tokens: 100 }, deployment({ ...apart, hidesReasoning: false, contextWindow: 32_768 })),
  ).toBe(thinking)
  const open = new ChatEstimate(chat(), [deployment({ ...apart, hidesReasoning: false })])
  expect(open.leastPicoUsd).toBe(open.mostPicoUsd)
})

test('Alibaba and SiliconFlow are told a length without what a model thinks, the others one with it', () => {
  const apart = Object.entries(FAMILY).filter(([, facts]) => compatible(facts).translation?.thinksApart)
  expect(apart.map(([name]) => name).sort()).toEqual(['alibaba', 'siliconflow'])
})

test('of what a vendor reads again and again more than one context is believed, of another prompt not', () => {
  const usage = { ...NO_USAGE, inputTokens: 500_000, outputTokens: 10 }
  const said = (more: object) => {
    const bytes = Buffer.from(
      JSON.stringify({ model: 'm', max_tokens: 1, messages: [{ role: 'user', content: 'Hello' }], ...more }),
    )
    return readMessagesRequest({ bytes, length: bytes.length, betas: null })
  }
  const searching = said({ tools: [{ type: 'web_fetch_20250910', name: 'web_fetch' }] })
  expect(isWithinContext(usage, searching, ONE)).toBe(true)
  expect(isWithinContext(usage, said({}), ONE)).toBe(false)
  expect(isWithinContext({ ...usage, inputTokens: 1_300_000 }, searching, ONE)).toBe(false)
})
