import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { PLAYERS, type Played, startPlayers } from '../players/start'

/** Every dialect's player behind a gateway whose model has JSON mode, and neither tools nor schemas. */
let played: Played
beforeAll(async () => {
  played = await startPlayers(['streaming', 'json_mode'])
})
afterAll(() => played.stop())

const City = z.object({ name: z.string(), people: z.number().int() })
const OSLO = '{"name":"Oslo","people":709037}'
const CALLS = '{"type":"tool_calls","calls":[{"name":"get_weather","arguments":{"city":"Oslo"}}]}'
const HELLO = [{ role: 'user' as const, content: 'How is it in Oslo?' }]
const TOOLS = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]

describe.each(PLAYERS.map(player => [player.name, player] as const))(
  'a model without tools at %s',
  (name, player) => {
    const gateway = () => played.gateways.get(name)!
    const client = () => new OpenAI({ baseURL: `${gateway().url}/v1`, apiKey: gateway().key, maxRetries: 0 })

    test.each([false, true])('calls a tool (stream: %p)', async stream => {
      await played.play(player, [{ says: [CALLS.slice(0, 30), CALLS.slice(30)] }], stream)
      const completion = stream
        ? await client()
            .chat.completions.stream({ model: 'm', messages: HELLO, tools: TOOLS })
            .finalChatCompletion()
        : await client().chat.completions.create({ model: 'm', messages: HELLO, tools: TOOLS })
      const [choice] = completion.choices
      expect(choice?.finish_reason).toBe('tool_calls')
      expect(choice?.message.tool_calls).toMatchObject([
        { type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
      ])
      expect(await gateway().record()).toMatchObject({ outcome: 'ok', finishReason: 'tool_calls' })
    })

    test('streams the words of its envelope', async () => {
      const words = JSON.stringify({ type: 'text', text: 'It “rains”.\nStill.' })
      await played.play(player, [{ says: [words.slice(0, 20), words.slice(20, 28), words.slice(28)] }], true)
      const stream = client().chat.completions.stream({ model: 'm', messages: HELLO, tools: TOOLS })
      expect(await stream.finalContent()).toBe('It “rains”.\nStill.')
    })

    test('follows a schema at the second try, and both are on the vendor’s bill and in the record', async () => {
      await played.play(player, [{ says: ['{"name":', '"Oslo"}'] }, { says: [OSLO] }], false)
      const { choices } = await client().chat.completions.parse({
        model: 'm',
        messages: HELLO,
        response_format: zodResponseFormat(City, 'city'),
      })
      expect(choices[0]?.message.parsed).toEqual({ name: 'Oslo', people: 709037 })
      const bills = await played.vendor.bill()
      expect(bills).toHaveLength(2)
      const sumOf = (member: 'inputTokens' | 'cachedInputTokens' | 'outputTokens') =>
        bills.reduce((sum, bill) => sum + bill[member], 0)
      expect(await gateway().record()).toMatchObject({
        outcome: 'ok',
        usageSource: 'vendor',
        usage: {
          inputTokens: sumOf('inputTokens'),
          cachedInputTokens: sumOf('cachedInputTokens'),
          outputTokens: sumOf('outputTokens'),
        },
      })
      expect(gateway().records).toHaveLength(1)
    })
  },
)
