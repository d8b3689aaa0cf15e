import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import Anthropic from '@anthropic-ai/sdk'
import { expectBilled } from '../players/expect-billed'
import { PLAYERS, type Played, startPlayers } from '../players/start'

/** Anthropic's own client with nothing but a base URL and a key, before a vendor of every dialect. */
let played: Played
beforeAll(async () => {
  played = await startPlayers()
})
afterAll(() => played.stop())

const HELLO = ['Hel', 'lo ', 'wörld 😀']
const TEXT = 'Hello wörld 😀'
const CALL = { id: 'call_1', name: 'get_weather', arguments: { city: 'Zürich' } }
const WEATHER: Anthropic.Tool = {
  name: 'get_weather',
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}
const GIVEN = { city: 'Zürich', days: [1, 2] }
const SCHEMA = {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'array', items: { type: 'number' } } },
  required: ['city', 'days'],
  additionalProperties: false,
}
const PNG = 'iVBORw0KGgo='

describe.each(PLAYERS.map(player => [player.name, player] as const))('a model at %s', (name, player) => {
  const messages = () => {
    const { url, key } = played.gateways.get(name)!
    return new Anthropic({ baseURL: url, apiKey: key, maxRetries: 0 }).messages
  }
  const asked = (content: Anthropic.MessageParam['content']) => ({
    model: 'm',
    max_tokens: 100,
    messages: [{ role: 'user' as const, content }],
  })
  const textIn = ({ content }: Anthropic.Message) =>
    content.map(block => (block.type === 'text' ? block.text : '')).join('')
  /** In Anthropic's terms the input is what was not cached. */
  const { inputTokens, cachedInputTokens, outputTokens } = player.bill
  const figures = {
    input_tokens: inputTokens - cachedInputTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: outputTokens,
  }
  const sent = async (at: number) => (await played.vendor.calls())[at]!.body!.toString()

  test.each([false, true])('answers, with its usage (stream: %p)', async stream => {
    await played.play(player, [{ says: HELLO }], stream)
    const answer = stream
      ? await messages().stream(asked('Hi')).finalMessage()
      : await messages().create(asked('Hi'))
    expect([textIn(answer), answer.stop_reason]).toEqual([TEXT, 'end_turn'])
    expect(answer.usage).toMatchObject(figures)
    await expectBilled(played, player)
  })

  test.each([false, true])('calls a tool, takes its result and answers (stream: %p)', async stream => {
    await played.play(player, [{ calls: CALL }, { says: HELLO }], stream)
    const question = { ...asked('How cold is it?'), tools: [WEATHER] }
    const ask = (request: Anthropic.MessageCreateParamsNonStreaming) =>
      stream ? messages().stream(request).finalMessage() : messages().create(request)
    const first = await ask(question)
    expect(first.stop_reason).toBe('tool_use')
    const [use] = first.content.filter(block => block.type === 'tool_use')
    expect(use).toMatchObject({ name: CALL.name, input: CALL.arguments })
    const result = { type: 'tool_result' as const, tool_use_id: use!.id, content: '3 °C in Zürich' }
    const history: Anthropic.MessageParam[] = [
      ...question.messages,
      { role: 'assistant', content: first.content },
      { role: 'user', content: [result] },
    ]
    expect(textIn(await ask({ ...question, messages: history }))).toBe(TEXT)
    expect(await sent(0)).toContain('get_weather')
    expect(await sent(1)).toContain('3 °C in Zürich')
    await expectBilled(played, player)
  })

  test('sees a picture', async () => {
    await played.play(player, [{ says: HELLO }], false)
    const source = { type: 'base64' as const, media_type: 'image/png' as const, data: PNG }
    const question = asked([
      { type: 'text', text: 'What is it?' },
      { type: 'image', source },
    ])
    expect(textIn(await messages().create(question))).toBe(TEXT)
    expect(await sent(0)).toContain(PNG)
    await expectBilled(played, player)
  })

  test.each([false, true])('gives what a schema asks for (stream: %p)', async stream => {
    await played.play(player, [{ gives: GIVEN }], stream)
    const format = { type: 'json_schema' as const, schema: SCHEMA }
    const request = { ...asked('Where?'), output_config: { format } }
    const answer = stream ? await messages().stream(request).finalMessage() : await messages().create(request)
    expect(JSON.parse(textIn(answer))).toEqual(GIVEN)
    expect(await sent(0)).toContain('"days"')
    await expectBilled(played, player)
  })

  test('a stream that breaks throws after the words that came', async () => {
    await played.breakOff(player, HELLO)
    const words: string[] = []
    const listen = async () => {
      for await (const event of await messages().create({ ...asked('Hi'), stream: true }))
        if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
          words.push(event.delta.text)
    }
    await expect(listen()).rejects.toThrow()
    expect(words).toEqual(['Hel'])
    expect(await played.gateways.get(name)!.record()).toMatchObject({ outcome: 'error' })
  })
})
