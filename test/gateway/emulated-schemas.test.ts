import { expect, test } from 'bun:test'
import type { Vendor as Account } from '../../src/vendors/vendor'
import {
  ASK,
  ask,
  CITY,
  emulatedWorld,
  INPUT,
  OSLO,
  OUTPUT,
  streamed,
  UPSTREAM,
  usageOf,
  whole,
} from './emulated'
import { chunksOf, contentOf } from './stream-text'

const { world, gatewayOf, sent } = emulatedWorld()

test('a schema is held to by JSON mode, the schema in the prompt', async () => {
  const gateway = gatewayOf(['json_mode'])
  await world.vendor.script(UPSTREAM, whole(OSLO))
  const { answer, header } = await ask(gateway, { response_format: CITY })
  expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: OSLO } })
  expect(header).toBe('response_format=json_mode')
  const [first] = await sent()
  expect(first).toMatchObject({ model: UPSTREAM, response_format: { type: 'json_object' } })
  expect(first?.messages[0]?.role).toBe('system')
  expect(first?.messages[0]?.content).toContain(JSON.stringify(CITY.json_schema.schema))
})

test('a model that has tools and does not think is held to a schema by a tool that it must call', async () => {
  const gateway = gatewayOf(['tools', 'json_mode'])
  const call = { id: 'a', type: 'function', function: { name: 'give_answer', arguments: OSLO } }
  await world.vendor.script(UPSTREAM, whole('', usageOf(100, 10), 'tool_calls', { tool_calls: [call] }))
  const { answer, header } = await ask(gateway, { response_format: CITY })
  expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: OSLO } })
  expect(answer.choices[0]?.message.tool_calls).toBeUndefined()
  expect(header).toBe('response_format=tool')
  expect((await sent())[0]).toMatchObject({
    tools: [{ function: { name: 'give_answer', parameters: CITY.json_schema.schema, strict: true } }],
    tool_choice: { type: 'function', function: { name: 'give_answer' } },
  })
})

test('a model that has nothing of the kind is told in words, and its fence and its chatter are left out', async () => {
  const gateway = gatewayOf([])
  await world.vendor.script(UPSTREAM, whole(`Sure! Here you are:\n\`\`\`json\n${OSLO}\n\`\`\``))
  const { answer, header } = await ask(gateway, { response_format: CITY })
  expect(answer.choices[0]?.message.content).toBe(OSLO)
  expect(header).toBe('response_format=prompt')
  expect((await sent())[0]).not.toHaveProperty('response_format')
})

test('an answer that does not follow the schema is put right once, and both calls are billed in one record', async () => {
  const gateway = gatewayOf(['json_mode'])
  await world.vendor.script(
    UPSTREAM,
    whole('{"name":"Oslo","people":"many"}', usageOf(100, 10)),
    whole(OSLO, usageOf(150, 12)),
  )
  const { answer } = await ask(gateway, { response_format: CITY })
  expect(answer.choices[0]?.message.content).toBe(OSLO)
  const [, second] = await sent()
  expect(second?.messages.slice(-2)).toMatchObject([
    { role: 'assistant', content: '{"name":"Oslo","people":"many"}' },
    { role: 'user', content: expect.stringContaining('people') },
  ])
  const record = await gateway.record()
  expect(record).toMatchObject({
    outcome: 'ok',
    usageSource: 'vendor',
    usage: { inputTokens: 250, outputTokens: 22 },
    costPicoUsd: 250n * INPUT + 22n * OUTPUT,
    attempts: [{ status: 200 }, { status: 200 }],
  })
  expect(gateway.records).toHaveLength(1)
  expect(answer.usage.cost_usd).toBe(Number(record.costPicoUsd) / 1e12)
})

test('a strict schema that is not followed twice is an error, billed; one that is not strict is handed on', async () => {
  const gateway = gatewayOf(['json_mode'])
  await world.vendor.script(UPSTREAM, whole('{}'), whole('{"name":1}'))
  const strict = await ask(gateway, { response_format: CITY })
  expect([strict.response.status, strict.answer.error]).toMatchObject([
    502,
    { code: 'schema_not_followed', message: expect.stringContaining('people') },
  ])
  expect(strict.response.headers.get('x-should-retry')).toBe('false')
  expect(await gateway.record()).toMatchObject({
    outcome: 'error',
    errorCode: 'schema_not_followed',
    usageSource: 'vendor',
    usage: { inputTokens: 200, outputTokens: 20 },
  })
  await world.vendor.clear()
  await world.vendor.script(UPSTREAM, whole('{}'), whole('{"name":1}'))
  const loose = { ...CITY, json_schema: { ...CITY.json_schema, strict: false } }
  const { answer } = await ask(gateway, { response_format: loose })
  expect(answer.choices[0]?.message.content).toBe('{"name":1}')
  expect(await sent()).toHaveLength(2)
})

test('an answer that was cut off by its length is handed on as it is', async () => {
  const gateway = gatewayOf(['json_mode'])
  await world.vendor.script(UPSTREAM, whole('{"name":"Os', usageOf(100, 4), 'length'))
  const { answer } = await ask(gateway, { response_format: CITY, max_tokens: 4 })
  expect(answer.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '{"name":"Os' } })
  const [first, ...more] = await sent()
  expect([first?.max_tokens, first?.max_completion_tokens, more]).toEqual([4, undefined, []])
})

test('DeepSeek and Z.ai, which know no schemas, follow one', async () => {
  for (const name of ['deepseek', 'zai']) {
    await world.vendor.clear()
    const account: Partial<Account> = { name, dialect: 'openai-compatible', conforms: false }
    const gateway = gatewayOf(['tools', 'json_mode', 'json_schema', 'reasoning'], account)
    await world.vendor.script(UPSTREAM, whole(OSLO))
    const { answer, header } = await ask(gateway, { response_format: CITY })
    expect([answer.choices[0]?.message.content, header]).toEqual([OSLO, 'response_format=json_mode'])
  }
})

test('where no tool can be forced, the next rung is taken without asking in vain', async () => {
  const gateway = gatewayOf(['tools', 'json_mode'], {
    name: 'zai',
    dialect: 'openai-compatible',
    conforms: false,
  })
  await world.vendor.script(UPSTREAM, whole(OSLO))
  expect((await ask(gateway, { response_format: CITY })).header).toBe('response_format=json_mode')
  expect(await sent()).toHaveLength(1)
})

test('a schema is streamed as it comes, without what stands around it', async () => {
  const gateway = gatewayOf([])
  await world.vendor.script(UPSTREAM, streamed(['Here: ', '```json\n', ...OSLO.split(''), '\n``', '`']))
  const response = await gateway.chat({ ...ASK, stream: true, response_format: CITY })
  expect(response.headers.get('x-callmissed-emulated-params')).toBe('response_format=prompt')
  const text = await response.text()
  expect(contentOf(text)).toBe(OSLO)
  expect(chunksOf(text).length).toBeGreaterThan(OSLO.length)
  expect(text).toEndWith('data: [DONE]\n\n')
})

test('a stream of which nothing was told is put right as well', async () => {
  const gateway = gatewayOf([])
  await world.vendor.script(
    UPSTREAM,
    streamed(['I do not know.'], usageOf(100, 4)),
    streamed([OSLO], usageOf(140, 9)),
  )
  const response = await gateway.chat({
    ...ASK,
    stream: true,
    stream_options: { include_usage: true },
    response_format: CITY,
  })
  expect(contentOf(await response.text())).toBe(OSLO)
  expect(await gateway.record()).toMatchObject({
    outcome: 'ok',
    usage: { inputTokens: 240, outputTokens: 13 },
  })
})
