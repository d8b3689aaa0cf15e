import { expect, test } from 'bun:test'
import type { Step } from '../vendor/step'
import {
  ASK,
  chunksOf,
  contentOf,
  delta,
  event,
  JSON_HEAD,
  MINE,
  SSE_HEAD,
  STREAM,
  said,
  translatedWorld,
  UPSTREAM,
  usageOf,
  whole,
} from './translated'

const { world, gatewayOf } = translatedWorld()

test('33: JSON in the place of a stream is the error that it says, and another deployment is asked', async () => {
  const gateway = gatewayOf({ mine: { ...MINE, kin: 'xai' }, other: { ...MINE, name: 'other' } })
  const overloaded = { code: 'unavailable', error: 'We are overloaded.' }
  await world.vendor.script(
    UPSTREAM,
    [JSON_HEAD, { bytes: Buffer.from(JSON.stringify(overloaded)) }],
    said('here', usageOf(3, 1)),
  )
  const response = await gateway.chat(STREAM)
  expect(contentOf(chunksOf(await response.text()), 0)).toBe('here')
  const record = await gateway.record()
  expect(record.attempts.map(({ vendor }) => vendor)).toEqual(['mine', 'other'])
})

test('33: a page of HTML and an empty body are failures of the vendor', async () => {
  const gateway = gatewayOf({ mine: MINE })
  for (const body of ['<html>Bad gateway</html>', '', '{"id":"c"'])
    for (const stream of [true, false]) {
      await world.vendor.script(UPSTREAM, [stream ? SSE_HEAD : JSON_HEAD, { bytes: Buffer.from(body) }])
      const response = await gateway.chat(stream ? STREAM : ASK)
      expect([response.status, await response.json()]).toMatchObject([
        502,
        { error: { code: 'upstream_error' } },
      ])
    }
})

test('what a vendor sends without an end is given up, and nothing else is hurt', async () => {
  const gateway = gatewayOf({ mine: MINE, other: MINE })
  const megabyte = { bytes: Buffer.alloc(1024 * 1024, 'x') }
  await world.vendor.script(
    UPSTREAM,
    [SSE_HEAD, { bytes: Buffer.from('data: ') }, { repeat: 64, steps: [megabyte] }],
    said('here', usageOf(3, 1)),
  )
  expect(contentOf(chunksOf(await (await gateway.chat(STREAM)).text()), 0)).toBe('here')
  const [endless] = await world.vendor.calls()
  // It is hung up on long before it has sent all of it.
  expect((await world.vendor.waitForEnd(endless!.id)).ending).toBe('left')
})

test('8: an error as the first event has its status, and one in a whole answer of 200 as well', async () => {
  const gateway = gatewayOf({ mine: MINE })
  const error = { message: 'Too many.', code: 'rate_limit_exceeded' }
  await world.vendor.script(UPSTREAM, [SSE_HEAD, event({ error })])
  expect((await gateway.chat(STREAM)).status).toBe(429)
  await world.vendor.script(UPSTREAM, [JSON_HEAD, { bytes: Buffer.from(JSON.stringify({ error })) }])
  expect((await gateway.chat(ASK)).status).toBe(429)
})

test('9: a translated stream that breaks off before its end is an error, never an end', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await world.vendor.script(UPSTREAM, [SSE_HEAD, delta({ content: 'Half' })])
  const text = await (await gateway.chat(STREAM)).text()
  const chunks = chunksOf(text)
  expect(chunks.every(({ choices }) => choices?.[0]?.finish_reason == null)).toBe(true)
  expect(chunks.at(-1)?.error?.code).toBe('upstream_error')
  expect(await gateway.record()).toMatchObject({ outcome: 'error', usageSource: 'tokenizer' })
})

test('what a vendor cannot do is refused by name, or done by the next deployment that can', async () => {
  await world.vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
  const refusing = gatewayOf({ groq: MINE })
  const refused = await refusing.chat({ ...ASK, logprobs: true })
  expect([refused.status, await refused.json()]).toMatchObject([
    400,
    { error: { type: 'invalid_request_error', code: 'unsupported_parameter', param: 'logprobs' } },
  ])
  expect(await refusing.record()).toMatchObject({ outcome: 'rejected', attempts: [] })
  const able = gatewayOf({ groq: MINE, mine: MINE })
  expect((await able.chat({ ...ASK, logprobs: true })).status).toBe(200)
  expect((await able.record()).attempts.map(({ vendor }) => vendor)).toEqual(['mine'])
  expect(able.health.cooling).toBe(0)
})

test('what a vendor does not know is named in a header, streamed and whole, unless it is no name', async () => {
  const gateway = gatewayOf({ mistral: MINE })
  const odd = { logit_bias: { '1': 1 }, 'a key with spaces': 1, store: true }
  const header = 'x-callmissed-dropped-params'
  await world.vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
  expect((await gateway.chat({ ...ASK, ...odd })).headers.get(header)).toBe('logit_bias, store')
  await world.vendor.script(UPSTREAM, said('ok', usageOf(3, 1)))
  for (const name of ['user', 'safety_identifier']) {
    await world.vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
    expect((await gateway.chat({ ...ASK, [name]: 'ann' })).headers.get(header)).toBe(name)
  }
  await world.vendor.script(UPSTREAM, said('ok', usageOf(3, 1)))
  const streamed = await gateway.chat({ ...STREAM, ...odd })
  expect(streamed.headers.get(header)).toBe('logit_bias, store')
  await streamed.text()
  await world.vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
  expect((await gateway.chat(ASK)).headers.has(header)).toBe(false)
})

test('wire 53: the deprecated functions are sent as tools and called by function_call', async () => {
  const gateway = gatewayOf({ mine: MINE })
  await world.vendor.script(UPSTREAM, [
    SSE_HEAD,
    delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"x":1}' } }] }),
    delta({}, 'tool_calls'),
    event('[DONE]'),
  ])
  const text = await (
    await gateway.chat({ ...STREAM, functions: [{ name: 'add' }], function_call: 'auto' })
  ).text()
  expect(text).toContain('"function_call":{"name":"add","arguments":""}')
  expect(text).toContain('"finish_reason":"function_call"')
  const [call] = await world.vendor.calls()
  expect(JSON.parse(call!.body!.toString())).toMatchObject({
    tools: [{ type: 'function', function: { name: 'add' } }],
    tool_choice: 'auto',
  })
})

test('34: a caller who leaves a translated stream is billed the vendor’s prompt and the text that was sent', async () => {
  const gateway = gatewayOf({ mine: { dialect: 'anthropic', conforms: false } })
  const named = (type: string, members: object): Step => ({
    bytes: Buffer.from(`event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`),
  })
  await world.vendor.script(UPSTREAM, [
    SSE_HEAD,
    named('message_start', {
      message: {
        id: 'msg',
        type: 'message',
        model: 'v',
        content: [],
        usage: { input_tokens: 41, output_tokens: 1 },
      },
    }),
    named('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    named('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'one two three four' } }),
    { stall: true },
  ])
  const leaving = new AbortController()
  const response = await gateway.chat(STREAM, { signal: leaving.signal })
  const reader = response.body!.getReader()
  await reader.read()
  leaving.abort()
  const [call] = await world.vendor.calls()
  await world.vendor.waitForClosed(call!.id)
  expect(await gateway.record()).toMatchObject({
    outcome: 'cancelled',
    usageSource: 'mixed',
    usage: { inputTokens: 41, outputTokens: 4 },
  })
})

test('what the model is known not to take is refused by name, and a model of which nobody told is asked', async () => {
  const content = [
    { type: 'text', text: 'x' },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } },
  ]
  const heard = [content[0], { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }]
  const wants: [string, object][] = [
    ['messages[0].content[1].image_url', { messages: [{ role: 'user', content }] }],
    ['messages[0].content[1].input_audio', { messages: [{ role: 'user', content: heard }] }],
  ]
  for (const [param, members] of wants) {
    await world.vendor.script(UPSTREAM, whole('ok', usageOf(3, 1)))
    const plain = await gatewayOf({ mine: MINE }, { capabilities: ['streaming'] }).chat({
      ...ASK,
      ...members,
    })
    expect([plain.status, await plain.json()]).toMatchObject([
      400,
      { error: { code: 'unsupported_parameter', param } },
    ])
    expect((await gatewayOf({ mine: MINE }, { capabilities: [] }).chat({ ...ASK, ...members })).status).toBe(
      200,
    )
  }
})

test('a request that names a field wrongly is told so before any vendor is asked', async () => {
  const response = await gatewayOf({ mine: MINE }).chat({
    ...ASK,
    tools: [{ type: 'function', function: {} }],
  })
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { code: 'missing_required_parameter', param: 'tools[0].function.name' } },
  ])
  expect(await world.vendor.calls()).toEqual([])
})
