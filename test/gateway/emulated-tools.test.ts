import { afterEach, expect, test } from 'bun:test'
import { type Asked, type ReadingVendor, type Said, startReadingVendor, tagsIn } from '../vendor/reader'
import { type GatewayOptions, startGateway, type TestGateway } from './start-gateway'
import { chunksOf, contentOf } from './stream-text'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A gateway before a model that only reads and writes. */
function start(say: (asked: Asked, count: number) => Said, options: Partial<GatewayOptions> = {}) {
  const vendor: ReadingVendor = startReadingVendor(say)
  const gateway: TestGateway = startGateway({
    vendors: { acme: vendor.url },
    capabilities: ['streaming'],
    ...options,
  })
  closing.push(() => gateway.stop(), vendor.stop)
  return { vendor, gateway }
}

const parameters = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const WEATHER = { type: 'function', function: { name: 'get_weather', description: 'Tells it.', parameters } }
const TIME = { type: 'function', function: { name: 'get_time', parameters } }
const TOOLS = [WEATHER, TIME]
const ASK = { model: 'm', messages: [{ role: 'user', content: 'How is it in Oslo?' }], tools: TOOLS }
const OSLO = '{"city":"Oslo"}'

const callOf = (asked: Asked, name = 'get_weather', given = OSLO) => {
  const { open, close } = tagsIn(asked)
  return `${open}{"name":"${name}","arguments":${given}}${close}`
}

interface Call {
  id: string
  type: string
  function: { name: string; arguments: string }
}
interface Answer {
  choices: { finish_reason: string; message: { content: string | null; tool_calls?: Call[] } }[]
  error?: { code: string; message: string; param: string | null }
}

async function ask(gateway: TestGateway, body: object = {}) {
  const response = await gateway.chat({ ...ASK, ...body })
  const answer = (await response.json()) as Answer
  const [choice] = answer.choices ?? []
  return {
    response,
    answer,
    choice,
    calls: choice?.message.tool_calls?.map(({ function: called }) => called),
  }
}

test('words and several calls come as OpenAI has them', async () => {
  const { gateway } = start(asked => ({
    pieces: [`I look.\n${callOf(asked)}\n${callOf(asked, 'get_time')}`],
  }))
  const { choice, response } = await ask(gateway)
  expect(choice).toMatchObject({
    finish_reason: 'tool_calls',
    message: {
      content: 'I look.',
      tool_calls: [
        { type: 'function', function: { name: 'get_weather', arguments: OSLO } },
        { type: 'function', function: { name: 'get_time', arguments: OSLO } },
      ],
    },
  })
  const ids = choice?.message.tool_calls?.map(({ id }) => id) ?? []
  expect(ids.every(id => /^call_[0-9a-f]{32}$/.test(id))).toBe(true)
  expect(new Set(ids).size).toBe(2)
  expect(response.headers.get('x-callmissed-emulated-params')).toBe('tools=prompt')
})

test('auto without a call is an answer in words, also if it speaks of tags', async () => {
  const words = 'You write <tool_call>{"name":"get_weather"}</tool_call> for that.'
  const { gateway } = start(() => ({ pieces: [words] }))
  expect((await ask(gateway)).choice).toMatchObject({ finish_reason: 'stop', message: { content: words } })
})

test('none offers no tool, and what was called before is still told', async () => {
  const { gateway, vendor } = start(() => ({ pieces: ['It rains.'] }))
  const call = { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: OSLO } }
  const { choice } = await ask(gateway, {
    tool_choice: 'none',
    messages: [
      { role: 'user', content: 'How is it in Oslo?' },
      { role: 'assistant', content: 'I look.', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'call_1', content: 'Rain.' },
      { role: 'user', content: 'Well?' },
    ],
  })
  expect(choice?.message.content).toBe('It rains.')
  const [first] = vendor.asked
  expect(first?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
  const [, called, result] = first!.messages
  expect(called?.content).toMatch(
    /^I look\.\n\n<tool_call:(\w+)>\{"name":"get_weather","arguments":\{"city":"Oslo"\}\}<\/tool_call:\1>$/,
  )
  expect(result?.content).toMatch(
    /^<tool_result:(\w+) name="get_weather" id="call_1">\nRain\.\n<\/tool_result:\1>\n\nWell\?$/,
  )
  expect(JSON.stringify(first)).not.toContain('Tells it.')
})

test('required: an answer without a call is asked for once more, and then it is an error that is billed', async () => {
  const late = start((asked, count) => ({ pieces: [count === 1 ? 'No.' : callOf(asked)] }))
  expect((await ask(late.gateway, { tool_choice: 'required' })).calls).toEqual([
    { name: 'get_weather', arguments: OSLO },
  ])
  expect(await late.gateway.record()).toMatchObject({
    outcome: 'ok',
    usage: { inputTokens: 200, outputTokens: 20 },
  })
  const never = start(() => ({ pieces: ['No.'] }))
  for (const stream of [false, true]) {
    const response = await never.gateway.chat({ ...ASK, stream, tool_choice: 'required' })
    expect([response.status, await response.json()]).toMatchObject([
      502,
      { error: { type: 'server_error', code: 'tool_call_not_produced' } },
    ])
  }
  await never.gateway.record(2)
  for (const record of never.gateway.records)
    expect(record).toMatchObject({ outcome: 'error', usage: { inputTokens: 200, outputTokens: 20 } })
  expect(never.vendor.asked).toHaveLength(4)
})

test('a named tool is the only one that is offered', async () => {
  const { gateway, vendor } = start(asked => ({ pieces: [callOf(asked, 'get_time')] }))
  const { calls } = await ask(gateway, { tool_choice: { type: 'function', function: { name: 'get_time' } } })
  expect(calls).toEqual([{ name: 'get_time', arguments: OSLO }])
  expect(vendor.asked[0]?.messages[0]?.content).toContain('"get_time"')
  expect(vendor.asked[0]?.messages[0]?.content).not.toContain('"get_weather"')
})

test('parallel_tool_calls: false is one call at most', async () => {
  const { gateway } = start(asked => ({ pieces: [callOf(asked), callOf(asked, 'get_time')] }))
  expect((await ask(gateway, { parallel_tool_calls: false })).calls).toEqual([
    { name: 'get_weather', arguments: OSLO },
  ])
})

test('arguments that do not follow their schema are put right once, then handed on as they are', async () => {
  const wrong = '{"town":"Oslo"}'
  const { gateway, vendor } = start((asked, count) => ({
    pieces: [callOf(asked, 'get_weather', count === 2 ? OSLO : wrong)],
  }))
  expect((await ask(gateway)).calls).toEqual([{ name: 'get_weather', arguments: OSLO }])
  expect(vendor.asked[1]?.messages.at(-1)?.content).toContain('town')
  expect((await ask(gateway)).calls).toEqual([{ name: 'get_weather', arguments: wrong }])
  expect(vendor.asked).toHaveLength(4)
})

test('numbers that no float can hold come as the model wrote them', async () => {
  const { gateway } = start(asked => ({
    pieces: [callOf(asked, 'get_weather', '{"city":12345678901234567890}')],
  }))
  const free = { type: 'function', function: { name: 'get_weather' } }
  expect((await ask(gateway, { tools: [free] })).calls).toEqual([
    { name: 'get_weather', arguments: '{"city":12345678901234567890}' },
  ])
})

test('a call of no tool is words', async () => {
  const { gateway } = start(asked => ({ pieces: [callOf(asked, 'launch')] }))
  const { choice, calls } = await ask(gateway)
  expect(calls).toBeUndefined()
  expect(choice).toMatchObject({
    finish_reason: 'stop',
    message: { content: '{"name":"launch","arguments":{"city":"Oslo"}}' },
  })
})

test('a call that was cut off by its length is not made whole', async () => {
  const { gateway } = start(asked => ({
    pieces: [`${tagsIn(asked).open}{"name":"get_weather","arguments":{"city":"Os`],
    finish: 'length',
  }))
  const { choice, calls } = await ask(gateway)
  expect([choice?.finish_reason, calls]).toEqual([
    'length',
    [{ name: 'get_weather', arguments: '{"city":"Os' }],
  ])
})

test('a stream tells words as they come and calls when they are whole, at every character split', async () => {
  const { gateway } = start(asked => ({ pieces: `I look. ${callOf(asked)}`.split('') }))
  const response = await gateway.chat({ ...ASK, stream: true, stream_options: { include_usage: true } })
  const text = await response.text()
  expect(contentOf(text)).toBe('I look.')
  const chunks = chunksOf(text)
  const deltas = chunks.flatMap(({ choices }) => choices ?? [])
  expect(deltas.filter(({ delta }) => delta.content).map(({ delta }) => delta.content)).toEqual([
    ...['I', ' l', 'o', 'o', 'k', '.'],
  ])
  expect(deltas.flatMap(({ delta }) => (delta.tool_calls as object[]) ?? [])).toEqual([
    {
      index: 0,
      id: expect.stringMatching(/^call_/),
      type: 'function',
      function: { name: 'get_weather', arguments: '' },
    },
    { index: 0, function: { arguments: OSLO } },
  ])
  expect(deltas.at(-1)?.finish_reason).toBe('tool_calls')
  expect(chunks.at(-1)?.usage).toMatchObject({ prompt_tokens: 100, completion_tokens: 10 })
  expect(text).toEndWith('data: [DONE]\n\n')
})

test('a stream that begins with a wrong call is put right before anything of it is told', async () => {
  const { gateway } = start((asked, count) => ({
    pieces: callOf(asked, 'get_weather', count === 1 ? '{}' : OSLO).split(''),
  }))
  const text = await (await gateway.chat({ ...ASK, stream: true })).text()
  expect(text).toContain('{\\"city\\":\\"Oslo\\"}')
  expect(await gateway.record()).toMatchObject({
    outcome: 'ok',
    usage: { inputTokens: 200, outputTokens: 20 },
  })
})

test('the deprecated functions are called by function_call, and a custom tool with its text', async () => {
  const { gateway } = start(asked => ({
    pieces: [
      callOf(
        asked,
        asked.messages[0]?.content.includes('"run"') ? 'run' : 'get_weather',
        '{"input":"ls","city":"Oslo"}',
      ),
    ],
  }))
  const old = await ask(gateway, { tools: undefined, functions: [{ name: 'get_weather' }] })
  expect(old.choice).toMatchObject({
    finish_reason: 'function_call',
    message: { function_call: { name: 'get_weather' } },
  } as object)
  const custom = await ask(gateway, { tools: [{ type: 'custom', custom: { name: 'run' } }] })
  expect(custom.choice?.message.tool_calls).toMatchObject([
    { type: 'custom', custom: { name: 'run', input: 'ls' } },
  ] as object[])
})

test('several answers are asked for one by one', async () => {
  const { gateway, vendor } = start(asked => ({ pieces: [callOf(asked)] }))
  const { answer } = await ask(gateway, { n: 2 })
  expect(answer.choices.map(({ message }) => message.tool_calls?.length)).toEqual([1, 1])
  expect(vendor.asked).toHaveLength(2)
  expect(await gateway.record()).toMatchObject({ usage: { inputTokens: 200, outputTokens: 20 } })
})

test('Anthropic’s callers get tool_use of such a model as well', async () => {
  const { gateway, vendor } = start((asked, count) => ({
    pieces: count === 1 ? ['I look.', callOf(asked)] : ['It rains.'],
  }))
  const post = async (messages: object[], stream = false) =>
    fetch(`${gateway.url}/v1/messages`, {
      method: 'POST',
      headers: { 'x-api-key': gateway.key, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'm',
        max_tokens: 100,
        stream,
        messages,
        tools: [{ name: 'get_weather', input_schema: parameters }],
      }),
    })
  const hello = { role: 'user', content: 'How is it in Oslo?' }
  const first = await post([hello])
  const message = (await first.json()) as { content: { id?: string }[]; stop_reason: string }
  expect(message).toMatchObject({
    stop_reason: 'tool_use',
    content: [
      { type: 'text', text: 'I look.' },
      { type: 'tool_use', name: 'get_weather', input: { city: 'Oslo' } },
    ],
  })
  expect(first.headers.get('x-callmissed-emulated-params')).toBe('tools=prompt')
  const result = { type: 'tool_result', tool_use_id: message.content[1]?.id, content: 'Rain.' }
  const turns = [hello, { role: 'assistant', content: message.content }, { role: 'user', content: [result] }]
  const second = await (await post(turns, true)).text()
  expect(second).toContain('It rains.')
  expect(second).toContain('"stop_reason":"end_turn"')
  expect(vendor.asked[1]?.messages.at(-1)?.content).toContain('Rain.')
})
