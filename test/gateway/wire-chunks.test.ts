import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type DemoVendor, startDemoVendor } from '../../src/demo/server'
import { startVendor, type Vendor } from '../vendor/start'
import { startGateway, type TestGateway } from './start-gateway'
import { type Chunk, chunksOf, dataOf, HEAD, line, STREAM_HEAD, USAGE } from './stream-text'

/*
 * What a client may rely on in every stream: in one that passes as its vendor sent it (the demo vendor's), and in one
 * that holds a chunk of our own making (the usage of a vendor that puts it elsewhere).
 */

const tool = (name: string) => ({
  type: 'function',
  function: {
    name,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city', 'days'],
    },
  },
})
const say = (content: string) => ({
  model: 'demo',
  messages: [{ role: 'user', content: `pace:0ms ${content}` }],
})
const REQUESTS: Record<string, object> = {
  text: say('hello'),
  'three choices': { ...say('hello'), n: 3 },
  'one tool call': { ...say('call get_weather'), tools: [tool('get_weather')] },
  'parallel tool calls': {
    ...say('call get_weather and get_time in parallel'),
    tools: [tool('get_weather'), tool('get_time')],
    tool_choice: 'required',
  },
  'a short limit': { ...say('hello demo:tokens=50'), max_completion_tokens: 5 },
  reasoning: { ...say('hello demo:tokens=5'), reasoning_effort: 'low' },
  logprobs: { ...say('hello'), logprobs: true, top_logprobs: 2 },
}

let demo: DemoVendor
let vendor: Vendor
const gateways: TestGateway[] = []
const streams: { name: string; text: string; chunks: Chunk[] }[] = []

beforeAll(async () => {
  demo = startDemoVendor({ paceMs: 0 })
  vendor = await startVendor()
  const overDemo = startGateway({ vendors: { demo: demo.url }, models: ['demo'], deployment: 'demo' })
  const overScript = startGateway({ vendors: { acme: vendor.url }, models: ['demo'] })
  gateways.push(overDemo, overScript)
  const keep = async (name: string, response: Response) => {
    const text = await response.text()
    expect([name, response.status]).toEqual([name, 200])
    streams.push({ name, text, chunks: chunksOf(text) })
  }
  for (const [name, request] of Object.entries(REQUESTS))
    for (const asked of [true, false]) {
      const options = asked ? { stream_options: { include_usage: true } } : {}
      const body = { ...request, stream: true, ...options }
      await keep(`${name}, ${asked ? 'with' : 'without'} usage`, await overDemo.chat(body))
    }
  for (const usage of [USAGE, null]) {
    await vendor.script('demo-2026-01', [
      STREAM_HEAD,
      { chunk: line({ role: 'assistant', content: '' }) },
      { chunk: line({ content: 'Hi' }) },
      { chunk: line({}, usage ? { usage } : {}, 'stop') },
      { chunk: 'data: [DONE]' },
    ])
    const body = { ...say('hello'), stream: true, stream_options: { include_usage: true } }
    await keep(usage ? 'usage on the finish' : 'usage that was counted', await overScript.chat(body))
  }
}, 30_000)
afterAll(async () => {
  for (const gateway of gateways) await gateway.stop()
  await demo.stop()
  await vendor.stop()
})

/** Looks at each choice of each stream by itself: its deltas in order, and how it finished. */
function eachChoice(look: (choice: { where: string; parts: NonNullable<Chunk['choices']> }) => void) {
  for (const { name, chunks } of streams) {
    const parts = chunks.flatMap(chunk => chunk.choices ?? [])
    for (const index of new Set(parts.map(part => part.index)))
      look({ where: `${name}, choice ${index}`, parts: parts.filter(part => part.index === index) })
  }
}

test('the streams are those that are meant: several choices, several calls, usage of every kind', () => {
  const of = (name: string) => streams.find(stream => stream.name === name)!
  const indexes = of('three choices, with usage').chunks.flatMap(chunk => chunk.choices ?? [])
  expect(new Set(indexes.map(({ index }) => index))).toEqual(new Set([0, 1, 2]))
  expect(of('parallel tool calls, without usage').text).toContain('"index":1,"id"')
  expect(of('a short limit, without usage').text).toContain('"finish_reason":"length"')
  for (const { name, chunks } of streams) {
    const told = chunks.at(-1)?.usage
    if (name.includes('without')) expect([name, told]).toEqual([name, undefined])
    else expect([name, told]).toEqual([name, expect.objectContaining({ cost_usd: expect.any(Number) })])
  }
})

test('wire 61: a stream is data and nothing else: no event, id or retry line, and [DONE] last', () => {
  for (const { name, text } of streams) {
    for (const event of text.split('\n\n').slice(0, -1))
      expect([name, event]).toEqual([name, expect.stringMatching(/^data: .+$/)])
    expect([name, dataOf(text).at(-1)]).toEqual([name, '[DONE]'])
  }
})

test('wire 65: each choice has its role once, in its first delta', () => {
  eachChoice(({ where, parts }) => {
    const roles = parts.map(({ delta }) => delta.role)
    expect([where, ...roles]).toEqual([where, 'assistant', ...roles.slice(1).map(() => undefined)])
  })
})

test('wire 66: id, created, model and object are the same in every chunk, that of the usage included', () => {
  for (const { name, chunks } of streams) {
    const heads = new Set(
      chunks.map(({ id, created, model, object }) => JSON.stringify({ id, created, model, object })),
    )
    expect([name, heads.size]).toEqual([name, 1])
    expect(chunks[0]!.object).toBe(HEAD.object)
    expect([name, chunks[0]!.id, chunks[0]!.created]).toEqual([
      name,
      expect.stringMatching(/./),
      expect.any(Number),
    ])
  }
})

test('wire 67: every chunk has a list of choices, which is empty in the usage alone', () => {
  for (const { name, chunks } of streams)
    for (const [at, { choices, usage }] of chunks.entries()) {
      const isUsage = usage !== undefined && usage !== null
      expect({ name, at, choices: choices?.length }).toEqual({ name, at, choices: isUsage ? 0 : 1 })
    }
})

test('wire 68: each choice has a whole index, and the first chunk is of choice 0', () => {
  for (const { name, chunks } of streams) {
    expect([name, chunks[0]!.choices?.[0]?.index]).toEqual([name, 0])
    for (const { choices } of chunks) for (const { index } of choices ?? []) expect(index).toBeInteger()
  }
})

test('wire 69: finish_reason is null until the last delta of a choice, which is empty and the only one to finish', () => {
  eachChoice(({ where, parts }) => {
    const reasons = parts.map(part => part.finish_reason)
    expect([where, ...reasons.slice(0, -1)]).toEqual([where, ...reasons.slice(0, -1).map(() => null)])
    expect([where, reasons.at(-1)]).toEqual([where, expect.stringMatching(/^(?:stop|length|tool_calls)$/)])
    expect(parts.at(-1)!.delta).toEqual({})
  })
})

interface CallDelta {
  index: number
  id?: string
  type?: string
  function: { name?: string; arguments: string }
}

test('wire 70, 71, 72: calls are numbered from 0, named once, in one piece each, and finish as tool_calls', () => {
  let calls = 0
  eachChoice(({ where, parts }) => {
    const deltas = parts.flatMap(({ delta }) => (delta.tool_calls as CallDelta[] | undefined) ?? [])
    if (deltas.length === 0) return
    const indexes = deltas.map(({ index }) => index)
    expect([where, ...indexes]).toEqual([where, ...indexes.toSorted((a, b) => a - b)])
    for (let index = 0; index <= indexes.at(-1)!; index++) {
      const [first, ...rest] = deltas.filter(delta => delta.index === index)
      // Before the next line: Bun's matchers leave themselves in what they looked at.
      expect(JSON.parse([first!, ...rest].map(delta => delta.function.arguments).join(''))).toBeObject()
      expect(first).toMatchObject({
        id: expect.stringMatching(/./),
        type: 'function',
        function: { name: expect.stringMatching(/^get_/), arguments: expect.any(String) },
      })
      for (const delta of rest) expect(Object.keys(delta)).toEqual(['index', 'function'])
      for (const delta of rest) expect(delta.function).toEqual({ arguments: expect.any(String) })
      calls++
    }
    expect([where, parts.at(-1)!.finish_reason]).toEqual([where, 'tool_calls'])
  })
  expect(calls).toBeGreaterThanOrEqual(6)
})

test('wire 73: the content of a delta is a text or null, never a list', () => {
  for (const { chunks } of streams)
    for (const { choices } of chunks)
      for (const { delta } of choices ?? [])
        expect(['string', 'undefined']).toContain(typeof (delta.content ?? undefined))
})
