import { expect, test } from 'bun:test'
import type { Step } from '../vendor/step'
import {
  ASK,
  ask,
  CITY,
  emulatedWorld,
  INPUT,
  OUTPUT,
  type Sent,
  UPSTREAM,
  usageOf,
  WEATHER,
  whole,
} from './emulated'
import type { TestGateway } from './start-gateway'
import { line, STREAM_HEAD } from './stream-text'

const { world, gatewayOf, sent } = emulatedWorld()

const envelope = (...calls: object[]) => JSON.stringify({ type: 'tool_calls', calls })
const CALL = { name: 'get_weather', arguments: { city: 'Oslo' } }

test.each([
  ['json_schema', ['json_schema', 'json_mode'], 'json_schema'],
  ['json_mode', ['json_mode'], 'json_object'],
] as const)('a model without tools calls them by an envelope: %s', async (rung, capabilities, format) => {
  const gateway = gatewayOf([...capabilities])
  await world.vendor.script(UPSTREAM, whole(envelope(CALL, CALL)))
  const { answer, header } = await ask(gateway, { tools: [WEATHER] })
  const [choice] = answer.choices
  expect(choice?.finish_reason).toBe('tool_calls')
  expect(choice?.message.content).toBeNull()
  expect(choice?.message.tool_calls).toEqual(
    [0, 1].map(() => ({
      id: expect.stringMatching(/^call_[0-9a-f]{32}$/),
      type: 'function',
      function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
    })),
  )
  expect(header).toBe(`tools=${rung}`)
  const [first] = await sent()
  expect(first?.response_format?.type).toBe(format)
  expect(first).not.toHaveProperty('tools')
  expect(first?.messages[0]?.content).toContain('Tells the weather.')
})

/** The opening tag that the model was told of. */
const tagIn = ({ messages }: Sent) =>
  /<tool_call:[0-9a-f]{12}>/.exec(messages[0]?.content ?? '')?.[0] ?? 'none'

test('a model that only reads and writes calls tools between tags of this one request', async () => {
  const gateway = gatewayOf([])
  await world.vendor.script(UPSTREAM, whole('ok'), whole('ok'))
  await ask(gateway, { tools: [WEATHER] })
  await ask(gateway, { tools: [WEATHER] })
  const tags = (await sent()).map(tagIn)
  expect(tags[0]).toMatch(/^<tool_call:[0-9a-f]{12}>$/)
  expect(tags[0]).not.toBe(tags[1])
})

test('a model with tools, and a request without any, are not touched', async () => {
  const tools = gatewayOf(['tools'])
  await world.vendor.script(UPSTREAM, whole('ok'))
  const body = { ...ASK, tools: [WEATHER], vendor_own: 1 }
  const response = await tools.chat(body)
  expect(response.headers.get('x-callmissed-emulated-params')).toBeNull()
  expect((await sent())[0]).toEqual({ ...body, model: UPSTREAM } as never)
  await world.vendor.clear()
  await world.vendor.script(UPSTREAM, whole('ok'))
  await gatewayOf([]).chat({ ...ASK, vendor_own: 1 })
  expect((await sent())[0]).toEqual({ ...ASK, model: UPSTREAM, vendor_own: 1 } as never)
})

/** Leaves once the vendor has sent so much of its stream. */
async function leaveAfter(steps: Step[], gateway: TestGateway, body: object) {
  await world.vendor.script(UPSTREAM, [...steps, { wait: 60_000 }])
  const leaving = new AbortController()
  const answer = gateway.chat({ ...ASK, stream: true, ...body }, { signal: leaving.signal }).catch(() => {})
  for (let look = 0; look < 1_000 && gateway.live.size === 0; look++) await Bun.sleep(5)
  const call = () => [...gateway.live][0]
  for (let look = 0; look < 1_000 && (call()?.tries.at(-1)?.exchange.bytes ?? 0) < 200; look++)
    await Bun.sleep(5)
  leaving.abort()
  await answer
  return gateway.record()
}

test('a caller who leaves pays for what the model said, also where nothing of it was told yet', async () => {
  const said = `{"type":"tool_calls","calls":[{"name":"get_weather","arguments":{"city":"${'Oslo and '.repeat(40)}`
  const steps = [STREAM_HEAD, { chunk: line({ content: said }) }]
  const record = await leaveAfter(steps, gatewayOf(['json_mode']), { tools: [WEATHER] })
  expect(record).toMatchObject({ outcome: 'cancelled', usageSource: 'estimated' })
  expect(record.usage?.outputTokens).toBeGreaterThan(60)
})

test('a caller who leaves while an answer is put right pays for both', async () => {
  await world.vendor.clear()
  const gateway = gatewayOf(['json_mode'])
  await world.vendor.script(UPSTREAM, whole('{"name":1}', usageOf(100, 10)), [
    { status: 200, headers: { 'content-type': 'application/json' } },
    { text: '{' },
    { wait: 60_000 },
  ])
  const leaving = new AbortController()
  const answer = gateway.chat({ ...ASK, response_format: CITY }, { signal: leaving.signal }).catch(() => {})
  const second = () => [...gateway.live][0]?.tries[1]?.exchange.bytes ?? 0
  for (let look = 0; look < 1_000 && second() === 0; look++) await Bun.sleep(5)
  leaving.abort()
  await answer
  const record = await gateway.record()
  expect(record).toMatchObject({ outcome: 'cancelled', attempts: [{ status: 200 }, { status: 200 }] })
  expect(record.usage?.inputTokens).toBeGreaterThan(100)
  expect(record.costPicoUsd).toBeGreaterThan(100n * INPUT + 10n * OUTPUT)
  expect(gateway.records).toHaveLength(1)
})

test('a vendor that fails while an answer is put right is an error, and what it said first is billed', async () => {
  const gateway = gatewayOf(['json_mode'])
  const busy: Step[] = [{ status: 503, headers: { 'content-type': 'application/json' } }, { text: '{}' }]
  await world.vendor.script(UPSTREAM, whole('{"name":1}', usageOf(100, 10)), busy)
  const { response } = await ask(gateway, { response_format: CITY })
  expect(response.status).toBe(503)
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    usage: { inputTokens: 100, outputTokens: 10 },
    costPicoUsd: 100n * INPUT + 10n * OUTPUT,
  })
})

test('a vendor that answers a stream request with a whole answer is read, and put right', async () => {
  const gateway = gatewayOf(['json_mode'])
  await world.vendor.script(UPSTREAM, whole('{"name":1}'), whole(envelope(CALL)), whole(envelope(CALL)))
  const schema = await gateway.chat({ ...ASK, stream: true, response_format: CITY })
  expect(schema.status).toBe(502)
  const tools = await (await gateway.chat({ ...ASK, stream: true, tools: [WEATHER] })).text()
  expect(tools).toContain('"finish_reason":"tool_calls"')
})
