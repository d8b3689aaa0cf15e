import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type AIMessageChunk, HumanMessage, type ToolMessage } from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import { expectBilled } from '../players/expect-billed'
import { PLAYERS, type Played, startPlayers } from '../players/start'

/** LangChain.js with nothing changed but its base URL and its key. */
let played: Played
beforeAll(async () => {
  played = await startPlayers()
})
afterAll(() => played.stop())

const HELLO = ['Hel', 'lo ', 'wörld 😀']
const TEXT = 'Hello wörld 😀'
const CALL = { id: 'call_1', name: 'get_weather', arguments: { city: 'Zürich' } }
const PLACE = { city: 'Zürich', days: [1, 2] }
const place = z.object({ city: z.string(), days: z.array(z.number()) })
const weather = tool(async ({ city }: { city: string }) => `3 °C in ${city}`, {
  name: 'get_weather',
  description: 'Tells the weather.',
  schema: z.object({ city: z.string() }),
})
const IMAGE = 'data:image/png;base64,iVBORw0KGgo='

describe.each(PLAYERS.map(player => [player.name, player] as const))('a model at %s', (_, player) => {
  const model = () => {
    const { url, key } = played.gateways.get(player.name)!
    return new ChatOpenAI({
      model: 'm',
      apiKey: key,
      configuration: { baseURL: `${url}/v1` },
      maxRetries: 0,
    })
  }
  const figures = {
    input_tokens: player.bill.inputTokens,
    output_tokens: player.bill.outputTokens,
    total_tokens: player.bill.inputTokens + player.bill.outputTokens,
    input_token_details: { cache_read: player.bill.cachedInputTokens },
  }
  const sent = async (at: number) => (await played.vendor.calls())[at]!.body!.toString()

  test('answers, with its usage', async () => {
    await played.play(player, [{ says: HELLO }], false)
    const answer = await model().invoke('Hi')
    expect([answer.content, answer.response_metadata.finish_reason]).toEqual([TEXT, 'stop'])
    expect(answer.usage_metadata).toMatchObject(figures)
    await expectBilled(played, player)
  })

  test('streams its words, and its usage at the end', async () => {
    await played.play(player, [{ says: HELLO }], true)
    const chunks = await Array.fromAsync(await model().stream('Hi'))
    expect(chunks.map(({ content }) => content).filter(Boolean)).toEqual(HELLO)
    const answer = joined(chunks)
    expect(answer.response_metadata.finish_reason).toBe('stop')
    expect(answer.usage_metadata).toMatchObject(figures)
    await expectBilled(played, player)
  })

  for (const stream of [false, true])
    test(`calls a tool, takes its result and answers, ${stream ? 'streamed' : 'whole'}`, async () => {
      await played.play(player, [{ calls: CALL }, { says: HELLO }], stream)
      const able = model().bindTools([weather])
      const ask = async (history: Parameters<typeof able.stream>[0]) =>
        stream ? joined(await Array.fromAsync(await able.stream(history))) : able.invoke(history)
      const question = new HumanMessage('How cold is it?')
      const first = await ask([question])
      expect(first.response_metadata.finish_reason).toBe('tool_calls')
      expect(first.tool_calls).toMatchObject([{ id: CALL.id, name: CALL.name, args: CALL.arguments }])
      expect(first.usage_metadata).toMatchObject(figures)
      const result = (await weather.invoke(first.tool_calls![0] as never)) as ToolMessage
      const second = await ask([question, first, result])
      expect(second.content).toBe(TEXT)
      expect(await sent(0)).toContain('get_weather')
      expect(await sent(1)).toContain('3 °C in Zürich')
      await expectBilled(played, player)
    })

  test('sees a picture', async () => {
    await played.play(player, [{ says: HELLO }], false)
    const picture = new HumanMessage({
      content: [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url: IMAGE } },
      ],
    })
    const answer = await model().invoke([picture])
    expect(answer.content).toBe(TEXT)
    expect(answer.usage_metadata).toMatchObject(figures)
    expect(await sent(0)).toContain('iVBORw0KGgo=')
    await expectBilled(played, player)
  })

  test('gives what a schema asks for', async () => {
    await played.play(player, [{ gives: PLACE }], false)
    const shaped = model().withStructuredOutput(place, { method: 'jsonSchema', includeRaw: true })
    const { parsed, raw } = await shaped.invoke('Where?')
    expect(parsed).toEqual(PLACE)
    expect((raw as AIMessageChunk).usage_metadata).toMatchObject(figures)
    expect(await sent(0)).toContain('"days"')
    await expectBilled(played, player)
  })

  test('streams what a schema asks for', async () => {
    await played.play(player, [{ gives: PLACE }], true)
    const shaped = model().withStructuredOutput(place, { method: 'jsonSchema' })
    const parts = await Array.fromAsync(await shaped.stream('Where?'))
    expect(parts.at(-1)).toEqual(PLACE)
    await expectBilled(played, player)
  })

  test('gives what a schema asks for as the arguments of a tool', async () => {
    const call = { id: 'call_2', name: 'extract', arguments: PLACE }
    await played.play(player, [{ calls: call }], false)
    const shaped = model().withStructuredOutput(place, { method: 'functionCalling', name: 'extract' })
    expect(await shaped.invoke('Where?')).toEqual(PLACE)
    await expectBilled(played, player)
  })

  test('a stream that breaks throws after the words that came', async () => {
    await played.breakOff(player, HELLO)
    const told: unknown[] = []
    const read = async () => {
      for await (const { content } of await model().stream('Hi')) if (content) told.push(content)
    }
    expect(await read().catch((thrown: unknown) => thrown)).toMatchObject({ code: 'upstream_error' })
    expect(told).toEqual(['Hel'])
    const { outcome, errorCode } = await played.gateways.get(player.name)!.record()
    expect([outcome, errorCode]).toEqual(['error', 'upstream_error'])
  })
})

function joined(chunks: AIMessageChunk[]): AIMessageChunk {
  return chunks.reduce((before, chunk) => before.concat(chunk))
}
