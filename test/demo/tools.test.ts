import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import OpenAI from 'openai'
import { type DemoVendor, startDemoVendor } from '../../src/demo/server'

let vendor: DemoVendor
let openai: OpenAI
beforeAll(() => {
  vendor = startDemoVendor({ paceMs: 0 })
  openai = new OpenAI({ baseURL: vendor.url, apiKey: 'any', maxRetries: 0 })
})
afterAll(() => vendor.stop())

const model = 'demo-2026-11'
const Place = Type.Object({ city: Type.String(), days: Type.Integer({ minimum: 1, maximum: 7 }) })
const tool = (name: string): OpenAI.ChatCompletionTool => ({
  type: 'function',
  function: { name, parameters: JSON.parse(JSON.stringify(Place)) },
})
const tools = [tool('get_weather'), tool('get_time')]
const ask = (content: string) => [{ role: 'user' as const, content }]
const functionsOf = (calls: OpenAI.ChatCompletionMessageToolCall[] = []) =>
  calls.map(call => (call.type === 'function' ? call.function : undefined)!)

test('calls the tool that the question names, with arguments that its schema allows', async () => {
  const answer = await openai.chat.completions.create({
    model,
    tools,
    messages: ask('use get_weather please'),
  })
  const [choice] = answer.choices
  expect(choice).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } })
  const [call] = functionsOf(choice?.message.tool_calls)
  expect(call?.name).toBe('get_weather')
  expect(Value.Check(Place, JSON.parse(call!.arguments))).toBe(true)
  expect(answer.usage!.completion_tokens).toBeGreaterThan(3)
})

test('answers in text where no tool is named, where none may be called, and after a result', async () => {
  const text = async (fields: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
    (await openai.chat.completions.create({ model, tools, messages: ask('get_weather'), ...fields }))
      .choices[0]!
  expect((await text({ messages: ask('how is the weather?') })).finish_reason).toBe('stop')
  expect((await text({ messages: ask('get_weather_now') })).finish_reason).toBe('stop')
  expect((await text({ messages: ask('get_weather_now, or get_weather?') })).finish_reason).toBe('tool_calls')
  expect((await text({ tool_choice: 'none' })).finish_reason).toBe('stop')
  const call = { id: 'call_1', type: 'function' as const, function: { name: 'get_weather', arguments: '{}' } }
  const after = await text({
    messages: [
      ...ask('get_weather'),
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
    ],
  })
  expect(after.finish_reason).toBe('stop')
  expect(after.message.content).toContain('1 tool result')
})

test('calls what must be called: the first, the named, or one of the allowed', async () => {
  const called = async (tool_choice: OpenAI.ChatCompletionToolChoiceOption) => {
    const answer = await openai.chat.completions.create({ model, tools, messages: ask('hello'), tool_choice })
    return functionsOf(answer.choices[0]?.message.tool_calls).map(({ name }) => name)
  }
  expect(await called('auto')).toEqual([])
  expect(await called('required')).toEqual(['get_weather'])
  expect(await called({ type: 'function', function: { name: 'get_time' } })).toEqual(['get_time'])
  const allowed = { mode: 'required' as const, tools: [{ type: 'function', function: { name: 'get_time' } }] }
  expect(await called({ type: 'allowed_tools', allowed_tools: allowed })).toEqual(['get_time'])
})

test('makes two calls where the question asks for them, unless they must not be parallel', async () => {
  const names = async (content: string, fields: object = {}) => {
    const answer = await openai.chat.completions.create({ model, tools, messages: ask(content), ...fields })
    return functionsOf(answer.choices[0]?.message.tool_calls).map(({ name }) => name)
  }
  expect(await names('get_weather and get_time')).toEqual(['get_weather', 'get_time'])
  expect(await names('get_time twice')).toEqual(['get_time', 'get_time'])
  expect(await names('get_weather and get_time', { parallel_tool_calls: false })).toEqual(['get_weather'])
})

test('streams calls as OpenAI does: id, type and name once, one index a call, arguments in pieces', async () => {
  const stream = await openai.chat.completions.create({
    model,
    tools,
    messages: ask('get_weather, get_time'),
    stream: true,
  })
  const deltas: OpenAI.ChatCompletionChunk.Choice[] = []
  for await (const chunk of stream) deltas.push(...chunk.choices)
  expect(deltas[0]?.delta).toMatchObject({
    role: 'assistant',
    content: null,
    tool_calls: [{ index: 0, type: 'function', function: { name: 'get_weather', arguments: '' } }],
  })
  const pieces = deltas.flatMap(({ delta }) => delta.tool_calls ?? [])
  expect(pieces.filter(piece => piece.id).map(piece => piece.index)).toEqual([0, 1])
  expect(pieces.map(piece => piece.index)).toEqual(pieces.map(piece => piece.index).toSorted())
  expect(pieces.length).toBeGreaterThan(6)
  for (const piece of pieces.filter(({ id }) => !id))
    expect(Object.keys(piece)).toEqual(['index', 'function'])
  expect(deltas.at(-1)).toMatchObject({ delta: {}, finish_reason: 'tool_calls' })
})

test("runs through the SDK's own loop of tools", async () => {
  const seen: unknown[] = []
  const runner = openai.chat.completions.runTools({
    model,
    stream: true,
    messages: ask('get_weather twice'),
    tools: [
      {
        type: 'function',
        function: {
          name: 'get_weather',
          parameters: JSON.parse(JSON.stringify(Place)),
          description: 'The weather of a place',
          parse: JSON.parse,
          function: (place: object) => `sunny, for the ${seen.push(place)}. time`,
        },
      },
    ],
  })
  expect(await runner.finalContent()).toContain('2 tool results')
  expect(seen).toHaveLength(2)
  expect(seen.every(place => Value.Check(Place, place))).toBe(true)
})

test('gives a custom tool its input', async () => {
  const custom: OpenAI.ChatCompletionTool = { type: 'custom', custom: { name: 'shell' } }
  const answer = await openai.chat.completions.create({ model, tools: [custom], messages: ask('shell') })
  expect(answer.choices[0]?.message.tool_calls?.[0]).toMatchObject({
    type: 'custom',
    custom: { name: 'shell', input: 'demo input' },
  })
})

test('answers in JSON of the schema, which the SDK parses', async () => {
  const schema = { ...JSON.parse(JSON.stringify(Place)), additionalProperties: false }
  const response_format = {
    type: 'json_schema' as const,
    json_schema: { name: 'place', strict: true, schema },
  }
  const answer = await openai.chat.completions.parse({ model, messages: ask('where?'), response_format })
  expect(Value.Check(Place, answer.choices[0]?.message.parsed)).toBe(true)
  const streamed = await openai.chat.completions
    .stream({ model, messages: ask('where?'), response_format })
    .finalChatCompletion()
  expect(Value.Check(Place, streamed.choices[0]?.message.parsed)).toBe(true)
})

test('answers in a JSON object where asked', async () => {
  const response_format = { type: 'json_object' as const }
  const answer = await openai.chat.completions.create({
    model,
    messages: ask('say it in JSON'),
    response_format,
  })
  expect(JSON.parse(answer.choices[0]!.message.content!)).toMatchObject({ vendor: 'demo', invented: true })
  const request = openai.chat.completions.create({ model, messages: ask('say it'), response_format })
  expect(await request.catch((error: unknown) => error)).toMatchObject({
    status: 400,
    param: 'messages',
  })
})

const functions = [{ name: 'get_weather', parameters: JSON.parse(JSON.stringify(Place)) }]

test('wire 53: the deprecated functions are called by function_call, streamed and not', async () => {
  const request = { model, functions, function_call: { name: 'get_weather' }, messages: ask('how is it?') }
  const [choice] = (await openai.chat.completions.create(request)).choices
  expect(choice).toMatchObject({ finish_reason: 'function_call', message: { content: null } })
  expect(choice?.message.tool_calls).toBeUndefined()
  expect(choice?.message.function_call?.name).toBe('get_weather')
  expect(Value.Check(Place, JSON.parse(choice!.message.function_call!.arguments))).toBe(true)

  const chunks = await Array.fromAsync(await openai.chat.completions.create({ ...request, stream: true }))
  const calls = chunks.map(chunk => chunk.choices[0]?.delta.function_call).filter(call => call !== undefined)
  expect(calls.map(({ name }) => name).filter(Boolean)).toEqual(['get_weather'])
  expect(Value.Check(Place, JSON.parse(calls.map(call => call.arguments ?? '').join('')))).toBe(true)
  expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('function_call')
})

test('a function that nobody names is not called, nor again after its result', async () => {
  const finish = async (fields: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
    (await openai.chat.completions.create({ model, functions, messages: ask('get_weather'), ...fields }))
      .choices[0]?.finish_reason
  expect(await finish({})).toBe('function_call')
  expect(await finish({ messages: ask('hello') })).toBe('stop')
  expect(await finish({ function_call: 'none' })).toBe('stop')
  const called = { name: 'get_weather', arguments: '{}' }
  const history = [
    ...ask('get_weather'),
    { role: 'assistant' as const, content: null, function_call: called },
    { role: 'function' as const, name: 'get_weather', content: 'sunny' },
  ]
  expect(await finish({ messages: history })).toBe('stop')
})

test('functions that cannot be, and sound, are refused by their names', async () => {
  for (const [fields, param] of [
    [{ functions: [{ name: 'a b' }] }, 'functions[0].name'],
    [{ functions: [{}] }, 'functions[0].name'],
    [{ functions: ['f'] }, 'functions[0]'],
    [{ functions, function_call: { name: 'other' } }, 'function_call.name'],
    [{ functions, function_call: 'required' }, 'function_call'],
    [{ function_call: 'auto' }, 'function_call'],
    [{ modalities: ['text', 'audio'], audio: { voice: 'alloy', format: 'wav' } }, 'modalities[1]'],
  ] as [object, string][])
    expect(
      await openai.chat.completions.create({ model, messages: ask('hi'), ...fields }).catch(error => error),
    ).toMatchObject({ status: 400, param })
})
