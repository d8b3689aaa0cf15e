import { afterEach, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import type { Capability } from '../../src/catalog/model'
import { startGateway } from '../gateway/start-gateway'
import { type Asked, type Said, startReadingVendor, tagsIn } from '../vendor/reader'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** OpenAI's own client in front of a gateway whose model has no tools and no schemas. */
function clientOf(say: (asked: Asked, count: number) => Said, capabilities: Capability[] = []) {
  const vendor = startReadingVendor(say)
  const gateway = startGateway({
    vendors: { acme: vendor.url },
    capabilities: ['streaming', ...capabilities],
  })
  closing.push(() => gateway.stop(), vendor.stop)
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: gateway.key, maxRetries: 0 })
  return { openai, vendor, gateway }
}

const City = z.object({ name: z.string(), people: z.number().int() })
const HELLO = [{ role: 'user' as const, content: 'How is it in Oslo?' }]
const OSLO = '{"name":"Oslo","people":709037}'

test.each([
  ['prompt', []],
  ['json_mode', ['json_mode']],
] as const)('parse() gets the object that its schema describes: %s', async (rung, capabilities) => {
  const { openai } = clientOf(() => ({ pieces: [OSLO] }), [...capabilities])
  const { data, response } = await openai.chat.completions
    .parse({ model: 'm', messages: HELLO, response_format: zodResponseFormat(City, 'city') })
    .withResponse()
  expect(data.choices[0]?.message.parsed).toEqual({ name: 'Oslo', people: 709037 })
  expect(response.headers.get('x-callmissed-emulated-params')).toBe(`response_format=${rung}`)
})

test('a parsed stream ends in the same object', async () => {
  const { openai } = clientOf(() => ({ pieces: ['```json\n', ...OSLO.split(''), '\n```'] }))
  const stream = openai.chat.completions.stream({
    model: 'm',
    messages: HELLO,
    response_format: zodResponseFormat(City, 'city'),
  })
  const completion = await stream.finalChatCompletion()
  expect(completion.choices[0]?.message.parsed).toEqual({ name: 'Oslo', people: 709037 })
})

/** Calls once, and then says what the call gave. */
function weatherman(asked: Asked): Said {
  const result = /<tool_result:[^>]*>\n(.*)\n<\/tool_result/.exec(
    JSON.stringify(asked.messages).replaceAll('\\n', '\n'),
  )
  if (result) return { pieces: `It is ${result[1]} there.`.split('') }
  const { open, close } = tagsIn(asked)
  return { pieces: `I look. ${open}{"name":"get_weather","arguments":{"city":"Oslo"}}${close}`.split('') }
}

test.each([false, true])('runTools() calls and goes on to the answer (stream: %p)', async stream => {
  const { openai, gateway } = clientOf(weatherman)
  const cities: string[] = []
  const tools = [
    {
      type: 'function' as const,
      function: {
        name: 'get_weather',
        description: 'Tells the weather.',
        parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
        parse: (text: string) => JSON.parse(text) as { city: string },
        function: ({ city }: { city: string }) => {
          cities.push(city)
          return 'rainy'
        },
      },
    },
  ]
  const asking = { model: 'm', messages: HELLO, tools }
  const runner = stream
    ? openai.chat.completions.runTools({ ...asking, stream: true })
    : openai.chat.completions.runTools({ ...asking, stream: false })
  expect(await runner.finalContent()).toBe('It is rainy there.')
  expect(cities).toEqual(['Oslo'])
  await gateway.record(2)
  expect(gateway.records.map(({ finishReason }) => finishReason)).toEqual(['tool_calls', 'stop'])
})

test('a conversation that another model began with calls of its own goes on', async () => {
  const { openai } = clientOf(weatherman)
  const { choices } = await openai.chat.completions.create({
    model: 'm',
    messages: [
      ...HELLO,
      {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'toolu_1',
            type: 'function',
            function: { name: 'get_weather', arguments: '{"city":"Oslo"}' },
          },
        ],
      },
      { role: 'tool', tool_call_id: 'toolu_1', content: 'snowy' },
    ],
  })
  expect(choices[0]?.message.content).toBe('It is snowy there.')
})
