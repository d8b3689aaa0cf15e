import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import OpenAI from 'openai'
import { zodResponseFormat } from 'openai/helpers/zod'
import { z } from 'zod'
import { expectBilled } from '../players/expect-billed'
import { PLAYERS, type Played, startPlayers } from '../players/start'

/** OpenAI's own client with nothing but a base URL and a key, before a vendor of every dialect. */
let played: Played
beforeAll(async () => {
  played = await startPlayers()
})
afterAll(() => played.stop())

const HELLO = ['Hel', 'lo ', 'wörld 😀']
const TEXT = 'Hello wörld 😀'
const CALL = { id: 'call_1', name: 'get_weather', arguments: { city: 'Zürich' } }
const TOOLS = [
  {
    type: 'function' as const,
    function: {
      name: 'get_weather',
      description: 'Tells the weather.',
      parse: JSON.parse,
      function: ({ city }: { city: string }) => `3 °C in ${city}`,
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
]
const GIVEN = { city: 'Zürich', days: [1, 2] }
const Given = z.object({ city: z.string(), days: z.array(z.number()) })
const PNG = 'iVBORw0KGgo='

describe.each(PLAYERS.map(player => [player.name, player] as const))('a model at %s', (name, player) => {
  const completions = () => {
    const { url, key } = played.gateways.get(name)!
    return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }).chat.completions
  }
  const asked = (content: OpenAI.ChatCompletionUserMessageParam['content']) => ({
    model: 'm',
    messages: [{ role: 'user' as const, content }],
  })
  const figures = {
    prompt_tokens: player.bill.inputTokens,
    completion_tokens: player.bill.outputTokens,
    prompt_tokens_details: { cached_tokens: player.bill.cachedInputTokens },
  }
  const sent = async (at: number) => (await played.vendor.calls())[at]!.body!.toString()

  test('answers, with its usage', async () => {
    await played.play(player, [{ says: HELLO }], false)
    const { choices, usage } = await completions().create(asked('Hi'))
    expect(choices).toMatchObject([{ message: { content: TEXT }, finish_reason: 'stop' }])
    expect(usage).toMatchObject(figures)
    await expectBilled(played, player)
  })

  test('streams its words, and its usage at the end', async () => {
    await played.play(player, [{ says: HELLO }], true)
    const options = { stream: true, stream_options: { include_usage: true } } as const
    const chunks = await Array.fromAsync(await completions().create({ ...asked('Hi'), ...options }))
    const words = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta.content ?? ''))
    expect(words.filter(Boolean)).toEqual(HELLO)
    expect(chunks.at(-1)!.usage).toMatchObject(figures)
    await expectBilled(played, player)
  })

  test.each([false, true])('calls a tool, takes its result and answers (stream: %p)', async stream => {
    await played.play(player, [{ calls: CALL }, { says: HELLO }], stream)
    const request = { ...asked('How cold is it?'), tools: TOOLS }
    const runner = stream
      ? completions().runTools({ ...request, stream: true })
      : completions().runTools(request)
    expect(await runner.finalContent()).toBe(TEXT)
    const [, called, result] = runner.messages
    expect(called).toMatchObject({
      tool_calls: [{ id: CALL.id, function: { name: CALL.name, arguments: JSON.stringify(CALL.arguments) } }],
    })
    expect(result).toMatchObject({ role: 'tool', tool_call_id: CALL.id, content: '3 °C in Zürich' })
    expect(await sent(0)).toContain('get_weather')
    expect(await sent(1)).toContain('3 °C in Zürich')
    await expectBilled(played, player)
  })

  test('sees a picture', async () => {
    await played.play(player, [{ says: HELLO }], false)
    const picture = { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${PNG}` } }
    const { choices } = await completions().create(asked([{ type: 'text', text: 'What is it?' }, picture]))
    expect(choices[0]!.message.content).toBe(TEXT)
    expect(await sent(0)).toContain(PNG)
    await expectBilled(played, player)
  })

  test.each([false, true])('gives what a schema asks for (stream: %p)', async stream => {
    await played.play(player, [{ gives: GIVEN }], stream)
    const request = { ...asked('Where?'), response_format: zodResponseFormat(Given, 'place') }
    const answer = stream
      ? await completions().stream(request).finalChatCompletion()
      : await completions().parse(request)
    expect(answer.choices[0]!.message.parsed).toEqual(GIVEN)
    expect(await sent(0)).toContain('"days"')
    await expectBilled(played, player)
  })

  test('a stream that breaks throws after the words that came', async () => {
    await played.breakOff(player, HELLO)
    const words: string[] = []
    const listen = async () => {
      for await (const { choices } of await completions().create({ ...asked('Hi'), stream: true }))
        words.push(choices[0]?.delta.content ?? '')
    }
    await expect(listen()).rejects.toMatchObject({ code: 'upstream_error' })
    expect(words.filter(Boolean)).toEqual(['Hel'])
    expect(await played.gateways.get(name)!.record()).toMatchObject({ outcome: 'error' })
  })
})
