import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { chat, textOf } from '../vendor/chat'
import { refusalOf, type Served, startEndpoint } from './start-endpoint'

const ASK = { model: 'm', prompt: 'Say "hi" 😀', max_tokens: 50, temperature: 0.5, x_unknown: 12 }

let served: Served
beforeAll(async () => {
  served = await startEndpoint(['chat.completions'], { input: '2.50', output: '10' })
})
afterAll(() => served.stop())
afterEach(async () => {
  await served.gateway.forgetRecords()
  await served.vendor.clear()
})

async function complete(body: unknown, steps = chat({ stream: false })) {
  await served.vendor.script('m-2026-01', steps)
  const response = await served.post('completions', body)
  return { response, text: await response.text(), record: await served.gateway.record() }
}

/** What the vendor was asked. */
async function asked() {
  const [call] = await served.vendor.calls()
  return { path: call!.path, body: JSON.parse(call!.body!.toString()) }
}

test('a chat model is asked for a chat, and answers a completion', async () => {
  const { text, record } = await complete(ASK)
  const { prompt, ...rest } = ASK
  expect(await asked()).toEqual({
    path: '/v1/chat/completions',
    body: { ...rest, model: 'm-2026-01', messages: [{ role: 'user', content: prompt }] },
  })
  const { id, choices, object, usage, model } = JSON.parse(text)
  expect(id).toStartWith('cmpl-')
  expect(choices).toEqual([{ text: textOf(), index: 0, logprobs: null, finish_reason: 'stop' }])
  expect([object, model]).toEqual(['text_completion', 'scripted-2026-01'])
  // 12 × 2.5 + 5 × 10 micro-dollars.
  expect(usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 5, cost_usd: 0.00008 })
  expect(record).toMatchObject({
    endpoint: 'completions',
    usage: { inputTokens: 12, outputTokens: 5 },
    usageSource: 'vendor',
    costPicoUsd: 80_000_000n,
  })
})

test('its stream is one of completions, with usage where that was asked for', async () => {
  const body = { ...ASK, stream: true, stream_options: { include_usage: true } }
  const { text, record } = await complete(body, chat({}))
  const events = text.trim().split('\n\n')
  expect(events.at(-1)).toBe('data: [DONE]')
  const chunks = events.slice(0, -1).map(event => JSON.parse(event.slice(6)))
  expect(chunks.every(({ object }) => object === 'text_completion')).toBe(true)
  expect(chunks.every(({ id }) => id.startsWith('cmpl-'))).toBe(true)
  expect(chunks.map(({ choices }) => choices[0]?.text ?? '').join('')).toBe(textOf())
  expect(chunks.at(-2)?.choices[0].finish_reason).toBe('stop')
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 5, cost_usd: 0.00008 } })
  expect(record).toMatchObject({ endpoint: 'completions', stream: true, costPicoUsd: 80_000_000n })
})

test('a stream that nobody asked usage of has none, and one that breaks ends in an error', async () => {
  const plain = await complete({ ...ASK, stream: true }, chat({}))
  expect(plain.text).not.toContain('"usage"')
  await served.gateway.forgetRecords()
  const cut = await complete({ ...ASK, stream: true }, chat({ cut: { after: 3, how: 'reset' } }))
  expect(cut.text).toContain('data: {"error":{')
  expect(cut.text).toEndWith('data: [DONE]\n\n')
  expect(cut.record).toMatchObject({ outcome: 'error', usageSource: 'tokenizer' })
})

test('a cost of less than a millionth is written without an exponent', async () => {
  const cheap = await startEndpoint(['chat.completions'], { input: '0.000001', output: '0' })
  await cheap.vendor.script('m-2026-01', chat({ stream: false }))
  const response = await cheap.post('completions', ASK)
  expect(await response.text()).toContain('"cost_usd":0.000000000012}')
  await cheap.stop()
})

test('a list of one text is one; what says nothing is left out', async () => {
  const { response } = await complete({ ...ASK, prompt: ['x'], echo: false, best_of: 1, suffix: null })
  expect(response.status).toBe(200)
  const { body } = await asked()
  expect(body.messages).toEqual([{ role: 'user', content: 'x' }])
  expect(Object.keys(body).filter(key => /echo|best_of|suffix|prompt/.test(key))).toEqual([])
})

for (const [more, param] of [
  [{ prompt: ['a', 'b'] }, 'prompt'],
  [{ prompt: [1, 2, 3] }, 'prompt'],
  [{ suffix: 'x' }, 'suffix'],
  [{ echo: true }, 'echo'],
  [{ best_of: 2 }, 'best_of'],
  [{ logprobs: 2 }, 'logprobs'],
] as const)
  test(`${JSON.stringify(more)} cannot be said to a chat model`, async () => {
    const response = await served.post('completions', { ...ASK, ...more })
    expect(await refusalOf(response)).toMatchObject({ status: 400, code: 'unsupported_parameter', param })
    expect(await served.vendor.calls()).toHaveLength(0)
  })
