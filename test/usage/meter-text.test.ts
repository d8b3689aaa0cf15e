import { expect, spyOn, test } from 'bun:test'
import { MessagesMeter } from '../../src/usage/messages-meter'
import { events, FINISH, ROLE, runMeter, usageData, word } from './run-meter'

const WORDS = [...'abcdefgh', ...Array.from({ length: 3_000 }, (_, at) => `${at} "usage" [DONE]\n`)]
/** What is parsed beyond it was parsed for each event. */
const FEW = 30

test('of a long text a few events are parsed, and the caller’s bytes are the vendor’s', () => {
  for (const rest of [',"usage":null', ',"usage":null,"obfuscation":"aB3"', ',"error":null']) {
    const sent = WORDS.map((text, at) => events(word(text, at % 2 ? rest : rest.replace('aB3', 'x'))))
    const parse = spyOn(JSON, 'parse')
    const { text, meter } = runMeter([events(ROLE), ...sent, events(FINISH, usageData(), '[DONE]')])
    const texts = meter.texts()
    const parsed = parse.mock.calls.length
    parse.mockRestore()
    expect(texts).toEqual([WORDS.join('')])
    expect(parsed).toBeLessThan(FEW)
    const blank = (bytes: string) =>
      bytes.replace(/,"(usage|error)":null(?=[,}])/g, member => ' '.repeat(member.length))
    expect(text).toBe([events(ROLE), ...sent, events(FINISH)].map(blank).join(''))
    expect([meter.usage?.outputTokens, meter.finishReason, meter.done]).toEqual([3, 'stop', true])
  }
})

test('an error, an end and usage are found after any number of like events', () => {
  const long = WORDS.slice(0, 200).map(text => events(word(text)))
  for (const [last, found] of [
    [events('{"error":{"message":"no"}}'), 'error'],
    ['event: error\ndata: no\n\n', 'error'],
    [events(FINISH), 'finish'],
    [events(word('x').replace('"finish_reason":null', '"finish_reason":"length"')), 'finish'],
    [events('[DONE]'), 'done'],
    [events(usageData()), 'usage'],
    [events(word('x', ',"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}')), 'usage'],
  ] as const) {
    const { meter } = runMeter([events(ROLE), ...long, last])
    expect({
      error: meter.error !== undefined,
      finish: meter.finishReason !== null,
      done: meter.done,
      usage: meter.usage !== undefined,
    }).toEqual({ error: false, finish: false, done: false, usage: false, [found]: true })
  }
})

test('of a long text in Anthropic’s dialect a few events are parsed, and all bytes pass', () => {
  const said: Uint8Array[] = []
  const meter = new MessagesMeter({ emit: bytes => void said.push(bytes) })
  const event = (type: string, more: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`
  const sent = [
    event('message_start', { message: { model: 'm', usage: { input_tokens: 3, output_tokens: 1 } } }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    ...WORDS.map(text => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    event('ping', {}),
  ]
  const parse = spyOn(JSON, 'parse')
  for (const bytes of sent) meter.push(Buffer.from(bytes))
  const texts = meter.texts()
  const parsed = parse.mock.calls.length
  parse.mockRestore()
  expect(texts).toEqual([WORDS.join('')])
  expect(parsed).toBeLessThan(FEW)
  expect(Buffer.concat(said).toString()).toBe(sent.join(''))
})
