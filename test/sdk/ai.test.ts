import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, isStepCount, type LanguageModel, Output, streamText, tool } from 'ai'
import { z } from 'zod'
import { expectBilled } from '../players/expect-billed'
import { PLAYERS, type Played, startPlayers } from '../players/start'

/** The Vercel AI SDK with both of its packages for gateways, each with nothing but a base URL and a key. */
let played: Played
beforeAll(async () => {
  played = await startPlayers()
})
afterAll(() => played.stop())

const PACKAGES: [string, (baseURL: string, apiKey: string) => LanguageModel][] = [
  [
    '@ai-sdk/openai-compatible',
    (baseURL, apiKey) =>
      createOpenAICompatible({
        name: 'callmissed',
        baseURL,
        apiKey,
        includeUsage: true,
        supportsStructuredOutputs: true,
      })('m'),
  ],
  ['@ai-sdk/openai', (baseURL, apiKey) => createOpenAI({ baseURL, apiKey }).chat('m')],
]

const HELLO = ['Hel', 'lo ', 'wörld 😀']
const TEXT = 'Hello wörld 😀'
const CALL = { id: 'call_1', name: 'get_weather', arguments: { city: 'Zürich' } }
const PLACE = { city: 'Zürich', days: [1, 2] }
const place = z.object({ city: z.string(), days: z.array(z.number()) })
const tools = {
  get_weather: tool({
    description: 'Tells the weather.',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `3 °C in ${city}`,
  }),
}
const PNG = 'iVBORw0KGgo='
const PICTURE = [
  {
    role: 'user' as const,
    content: [
      { type: 'text' as const, text: 'What is it?' },
      { type: 'file' as const, data: `data:image/png;base64,${PNG}`, mediaType: 'image/png' },
    ],
  },
]

const CASES = PACKAGES.flatMap(([name, make]) =>
  PLAYERS.map(player => [`${name} at ${player.name}`, make, player] as const),
)

describe.each(CASES)('%s', (_, make, player) => {
  const model = () => {
    const { url, key } = played.gateways.get(player.name)!
    return make(`${url}/v1`, key)
  }
  const figures = (times = 1) => ({
    inputTokens: player.bill.inputTokens * times,
    outputTokens: player.bill.outputTokens * times,
    inputTokenDetails: { cacheReadTokens: player.bill.cachedInputTokens * times },
  })
  const sent = async (at: number) => (await played.vendor.calls())[at]!.body!.toString()

  test('answers, with its usage', async () => {
    await played.play(player, [{ says: HELLO }], false)
    const { text, finishReason, usage } = await generateText({ model: model(), prompt: 'Hi' })
    expect([text, finishReason]).toEqual([TEXT, 'stop'])
    expect(usage).toMatchObject(figures())
    await expectBilled(played, player)
  })

  test('streams its words, and its usage at the end', async () => {
    await played.play(player, [{ says: HELLO }], true)
    const answer = streamText({ model: model(), prompt: 'Hi' })
    expect(await Array.fromAsync(answer.textStream)).toEqual(HELLO)
    expect(await answer.finishReason).toBe('stop')
    expect(await answer.usage).toMatchObject(figures())
    await expectBilled(played, player)
  })

  for (const stream of [false, true])
    test(`calls a tool, takes its result and answers, ${stream ? 'streamed' : 'whole'}`, async () => {
      await played.play(player, [{ calls: CALL }, { says: HELLO }], stream)
      const asked = { model: model(), prompt: 'How cold is it?', tools, stopWhen: isStepCount(2) }
      const answer = stream ? streamText(asked) : await generateText(asked)
      const [first, second] = await answer.steps
      expect(first!.finishReason).toBe('tool-calls')
      expect(first!.toolCalls).toMatchObject([
        { toolCallId: CALL.id, toolName: CALL.name, input: CALL.arguments },
      ])
      expect(second!.text).toBe(TEXT)
      expect(await answer.totalUsage).toMatchObject(figures(2))
      expect(await sent(0)).toContain('get_weather')
      expect(await sent(1)).toContain('3 °C in Zürich')
      await expectBilled(played, player)
    })

  test('sees a picture', async () => {
    await played.play(player, [{ says: HELLO }], false)
    const { text, usage } = await generateText({ model: model(), messages: PICTURE })
    expect(text).toBe(TEXT)
    expect(usage).toMatchObject(figures())
    expect(await sent(0)).toContain(PNG)
    await expectBilled(played, player)
  })

  for (const stream of [false, true])
    test(`gives what a schema asks for, ${stream ? 'streamed' : 'whole'}`, async () => {
      await played.play(player, [{ gives: PLACE }], stream)
      const asked = { model: model(), prompt: 'Where?', output: Output.object({ schema: place }) }
      const answer = stream ? streamText(asked) : await generateText(asked)
      expect(await answer.output).toEqual(PLACE)
      expect(await answer.usage).toMatchObject(figures())
      expect(await sent(0)).toContain('"days"')
      await expectBilled(played, player)
    })

  test('a stream that breaks is an error after the words that came, not an end', async () => {
    await played.breakOff(player, HELLO)
    const errors: unknown[] = []
    const onError = ({ error }: { error: unknown }) => void errors.push(error)
    const answer = streamText({ model: model(), prompt: 'Hi', maxRetries: 0, onError })
    expect(await Array.fromAsync(answer.textStream)).toEqual(['Hel'])
    expect(await answer.finishReason).toBe('error')
    expect(errors).toMatchObject([{ code: 'upstream_error' }])
    const { outcome, errorCode } = await played.gateways.get(player.name)!.record()
    expect([outcome, errorCode]).toEqual(['error', 'upstream_error'])
  })
})
