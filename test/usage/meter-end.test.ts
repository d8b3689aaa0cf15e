import { expect, test } from 'bun:test'
import { MAX_EVENT_BYTES } from '../../src/wire/event-splitter'
import {
  BLANKED,
  events,
  FINISH,
  KEPT,
  ROLE,
  runMeter,
  singles,
  splits,
  usageData,
  WHOLE,
  word,
} from './run-meter'

test('wire 82: nothing after [DONE] is read: no second [DONE], no data, no usage', () => {
  const { text, meter } = runMeter([
    `${WHOLE}${events('[DONE]', word('late'), usageData('{"prompt_tokens":1,"completion_tokens":1}'))}`,
  ])
  expect(text).toBe(BLANKED)
  expect(meter.usage).toMatchObject({ inputTokens: 12, outputTokens: 3 })
  expect(meter.ended).toBe(true)
})

test('wire 82: a finish without [DONE] is a whole answer', () => {
  const { meter } = runMeter([events(ROLE, word('a'), FINISH)])
  expect([meter.done, meter.finishReason, meter.broken]).toEqual([false, 'stop', false])
})

test('wire 88: no finish is invented where the vendor gave none', () => {
  const { meter, text } = runMeter([events(ROLE, word('a'))], true)
  expect([meter.done, meter.finishReason, meter.error]).toEqual([false, null, undefined])
  expect(text).toBe(events(ROLE, word('a')))
})

test('a last event without its blank line still counts, however much of it is missing', () => {
  for (const end of ['', '\n', '\r\n']) {
    const { meter, text } = runMeter([`${events(ROLE, word('a'), FINISH)}data: ${usageData()}${end}`], true)
    expect(meter.usage).toMatchObject({ inputTokens: 12 })
    expect(text).toBe(events(ROLE, word('a'), FINISH))
    expect(runMeter([`${KEPT}data: [DONE]${end}`], true).meter.done).toBe(true)
  }
})

test('wire 88: a stream that ends inside an event is broken, wherever it was cut', () => {
  const start = events(ROLE, word('a'))
  for (const [cut, rest] of splits(`data: ${word('b')}`)) {
    if (cut.length < 'data: {'.length || rest.length === 0) continue
    const { meter, text } = runMeter([start, cut], true)
    expect([meter.broken, meter.finishReason]).toEqual([true, null])
    expect(text).toBe(start)
  }
})

test('an event that holds no JSON breaks the stream where it is looked at', () => {
  for (const data of ['{"choices":', 'hello', '[]', 'null', '"text"', '<html>']) {
    expect(runMeter([events(data)]).meter.broken).toBe(true)
    expect(runMeter([events(ROLE, data)]).meter.broken).toBe(true)
  }
  expect(runMeter([events(word('a'), '{"usage":{"prompt_tokens":')]).meter.broken).toBe(true)
})

const ERRORS: [shape: string, event: string][] = [
  ['the envelope', 'data: {"error":{"message":"boom","type":"server_error","param":null,"code":null}}'],
  ['a spaced envelope', 'data: {"error": {"message": "boom"}}'],
  ['a string', 'data: {"error":"boom"}'],
  ['beside choices', `data: ${word('b', ',"error":{"message":"boom","code":502}')}`],
  ['after choices: null', 'data: {"choices":null,"error":{"message":"boom"}}'],
  ['a named event with the envelope', 'event: error\ndata: {"error":{"message":"boom"}}'],
  ['a named event with a flat body', 'event: error\ndata: {"message":"boom","type":"server_error"}'],
  ['a named event with text', 'event:error\ndata: boom'],
  ['a flat body that calls itself an error', 'data: {"object":"error","message":"boom","code":400}'],
]
for (const [shape, event] of ERRORS)
  test(`wire 87: an error is seen first and in mid-stream: ${shape}`, () => {
    for (const start of ['', events(ROLE), events(ROLE, word('a'))])
      for (const chunks of [
        [`${start}${event}\n\n${events(word('late'))}`],
        singles(`${start}${event}\n\n`),
      ]) {
        const { meter, text } = runMeter(chunks, true)
        expect(JSON.stringify(meter.error)).toContain('boom')
        expect([meter.ended, text]).toEqual([true, start])
      }
  })

test('T54: an event that never ends breaks the stream once it has outgrown 1 MiB', () => {
  const { meter } = runMeter([events(ROLE, word('a')), 'data: {"choices":[{"delta":{"content":"'])
  expect(meter.broken).toBe(true)
  const piece = 'x'.repeat(64 * 1024)
  const whole = Array(15).fill(piece)
  const ok = runMeter([events(word('a')), 'data: {"x":"', ...whole, '"}\n\n', events('[DONE]')])
  expect([ok.meter.broken, ok.meter.done]).toEqual([false, true])
  const endless = runMeter([
    events(word('a')),
    'data: {"x":"',
    ...Array(20).fill(piece),
    '"}\n\n',
    events('[DONE]'),
  ])
  expect([endless.meter.broken, endless.meter.done]).toEqual([true, false])
  expect(endless.meter.bytes).toBeLessThan(MAX_EVENT_BYTES + 2 * piece.length + 1000)
})

test('the size of the first event with content is kept, for estimates', () => {
  const { meter } = runMeter([events(ROLE, word('a'), word('b'))])
  expect(meter.contentEventBytes).toBe(events(word('a')).length)
  expect(meter.bytes).toBe(events(ROLE, word('a'), word('b')).length)
})

const CONTENT: [what: string, delta: string, has: boolean][] = [
  ['text', '{"content":"a"}', true],
  ['reasoning', '{"reasoning_content":"hm"}', true],
  ['a refusal', '{"refusal":"I"}', true],
  [
    'a tool call',
    '{"tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":""}}]}',
    true,
  ],
  ['a function call', '{"function_call":{"name":"f","arguments":""}}', true],
  ['audio', '{"audio":{"id":"a"}}', true],
  ['the role alone', '{"role":"assistant","content":"","refusal":null}', false],
  ['nothing', '{}', false],
  ['empty lists', '{"tool_calls":[]}', false],
]
for (const [what, delta, has] of CONTENT)
  test(`the first content is ${has ? '' : 'not '}${what}`, () => {
    const chunk = `{"choices":[{"index":0,"delta":${delta},"finish_reason":null}]}`
    expect(runMeter([events(chunk)]).meter.hasContent).toBe(has)
  })
