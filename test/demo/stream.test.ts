import { afterAll, beforeAll, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { type DemoVendor, startDemoVendor } from '../../src/demo/server'

let vendor: DemoVendor
let openai: OpenAI
beforeAll(() => {
  vendor = startDemoVendor({ paceMs: 1 })
  openai = new OpenAI({ baseURL: vendor.url, apiKey: 'any', maxRetries: 0 })
})
afterAll(() => vendor.stop())

const model = 'demo-2026-11'

async function post(content: string, fields: object = {}, signal?: AbortSignal): Promise<Response> {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content }], stream: true, ...fields })
  return fetch(`${vendor.url}/chat/completions`, { method: 'POST', body, ...(signal && { signal }) })
}

async function eventsOf(response: Response): Promise<string[]> {
  return (await response.text()).split('\n\n').slice(0, -1)
}

test('opens with the role, names no usage unasked, and ends with [DONE]', async () => {
  const response = await post('demo:tokens=3')
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(response.headers.get('x-request-id')).toStartWith('req_')
  const events = await eventsOf(response)
  expect(events.every(event => event.startsWith('data: '))).toBe(true)
  expect(events.at(-1)).toBe('data: [DONE]')
  const chunks = events.slice(0, -1).map(event => JSON.parse(event.slice(6)))
  expect(chunks).toHaveLength(5)
  expect(chunks[0].choices).toEqual([
    {
      index: 0,
      delta: { role: 'assistant', content: '', refusal: null },
      logprobs: null,
      finish_reason: null,
    },
  ])
  expect(chunks.at(-1).choices).toEqual([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }])
  expect(chunks.some(chunk => 'usage' in chunk)).toBe(false)
  expect(new Set(chunks.map(({ id, created, object }) => `${id} ${created} ${object}`)).size).toBe(1)
})

test('puts null usage on every chunk and the sum on one more, where asked', async () => {
  const events = await eventsOf(
    await post('demo:tokens=3', { n: 2, stream_options: { include_usage: true } }),
  )
  const chunks = events.slice(0, -1).map(event => JSON.parse(event.slice(6)))
  const last = chunks.pop()
  expect(chunks.every(chunk => chunk.usage === null)).toBe(true)
  expect(last).toMatchObject({ choices: [], usage: { completion_tokens: 6 } })
})

test('sends the chunks of n choices in turns, each with its own role and end', async () => {
  const events = await eventsOf(await post('demo:tokens=4', { n: 3 }))
  const choices = events.slice(0, -1).map(event => JSON.parse(event.slice(6)).choices[0])
  expect(choices.map(({ index }) => index)).toEqual(Array(6).fill([0, 1, 2]).flat())
  expect(choices.filter(({ delta }) => delta.role)).toHaveLength(3)
  expect(choices.filter(({ finish_reason }) => finish_reason === 'stop')).toHaveLength(3)
})

test('streams what it would have answered whole', async () => {
  const request = { model, messages: [{ role: 'user' as const, content: 'hi' }], seed: 5 }
  const whole = await openai.chat.completions.create(request)
  const streamed = await openai.chat.completions
    .stream({ ...request, stream_options: { include_usage: true } })
    .finalChatCompletion()
  expect(streamed.choices[0]?.message.content).toBe(whole.choices[0]!.message.content)
  expect(streamed.usage).toEqual(whole.usage!)
})

test('gives each chunk the probability of its token', async () => {
  const events = await eventsOf(await post('demo:tokens=3', { logprobs: true, top_logprobs: 1 }))
  const choices = events.slice(0, -1).map(event => JSON.parse(event.slice(6)).choices[0])
  for (const { delta, logprobs } of choices.slice(1, -1)) {
    expect(logprobs).toMatchObject({
      refusal: null,
      content: [{ token: delta.content, top_logprobs: [{ token: delta.content }] }],
    })
  }
})

test('keeps the pace that the request asks for', async () => {
  const startedAt = performance.now()
  await eventsOf(await post('demo:tokens=20 pace:20ms'))
  expect(performance.now() - startedAt).toBeGreaterThan(380)
})

test('thinks in silence, after its head and a comment', async () => {
  const startedAt = performance.now()
  const response = await post('pace:10ms demo:tokens=1', { reasoning_effort: 'high' })
  const reader = response.body!.getReader()
  expect(Buffer.from((await reader.read()).value!).toString()).toBe(': thinking\n\n')
  const answering = reader.read()
  // The answer is still to come.
  expect(Bun.peek.status(answering)).toBe('pending')
  await answering
  expect(performance.now() - startedAt).toBeGreaterThan(630)
  await reader.cancel()
})

test('sends an error event in mid-stream when asked, which the SDK throws', async () => {
  const stream = await openai.chat.completions.create({
    model,
    messages: [{ role: 'user', content: 'demo:error=mid-stream' }],
    stream: true,
  })
  let text = ''
  const read = async () => {
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
  }
  await expect(read()).rejects.toMatchObject({ type: 'server_error' })
  expect(text.length).toBeGreaterThan(3)
})

test('breaks off without an end when asked', async () => {
  const text = await (await post('demo:truncate')).text()
  expect(text).not.toContain('[DONE]')
  expect(text).not.toContain('"stop"')
  expect(text.split('\n\n').length).toBe(5)
})

test('falls silent in mid-stream when asked', async () => {
  const startedAt = performance.now()
  await eventsOf(await post('demo:pause=300ms demo:tokens=5'))
  expect(performance.now() - startedAt).toBeGreaterThan(290)
})

test('stops at once when the caller leaves, in silence too', async () => {
  for (const content of ['demo:tokens=16384 pace:5ms', 'demo:pause', 'demo:slow']) {
    const leave = new AbortController()
    const read = post(content, {}, leave.signal)
      .then(response => response.text())
      .catch(error => error.name)
    while (vendor.active() === 0) await Bun.sleep(2)
    await Bun.sleep(50)
    expect(vendor.active()).toBe(1)
    leave.abort()
    expect(await read).toBe('AbortError')
    const leftAt = performance.now()
    while (vendor.active() > 0 && performance.now() - leftAt < 5_000) await Bun.sleep(2)
    expect(vendor.active()).toBe(0)
  }
})
