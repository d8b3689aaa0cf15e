import { expect, test } from 'bun:test'
import { MessagesMeter } from '../../src/usage/messages-meter'
import { close, delta, open, STOPPED, start, stop, textDelta } from '../vendors/anthropic/read'
import { singles, splits } from './run-meter'

type Event = { type: string }
const frame = (event: Event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
const streamOf = (...events: Event[]) => events.map(frame).join('')

function run(chunks: Iterable<string | Uint8Array>) {
  const pieces: Uint8Array[] = []
  const meter = new MessagesMeter({ emit: bytes => void pieces.push(bytes) })
  for (const chunk of chunks) meter.push(Uint8Array.from(Buffer.from(chunk as string)))
  meter.end()
  return { meter, text: Buffer.concat(pieces).toString() }
}

const BEGUN = [
  start({ usage: { input_tokens: 12, cache_read_input_tokens: 5, output_tokens: 1 } }),
  open(0, { type: 'text', text: '' }),
  { type: 'ping' },
  textDelta(0, 'Hé '),
  textDelta(0, '"message_stop" 😀'),
  close(0),
]
const WHOLE = streamOf(...BEGUN, stop('end_turn'), STOPPED)
/** What passes: all but the last two events. */
const PASSED = streamOf(...BEGUN)

test('all but the last two events pass as they are, and the bill is read', () => {
  const { meter, text } = run([WHOLE])
  expect(text).toBe(PASSED)
  expect(Buffer.from(meter.usageEvent!).toString()).toBe(frame(stop('end_turn')))
  expect(meter).toMatchObject({
    done: true,
    isComplete: true,
    isUsageFinal: true,
    finishReason: 'stop',
    model: 'claude-opus-4-7',
    hasContent: true,
  })
  expect(meter.usage).toMatchObject({ inputTokens: 17, cachedInputTokens: 5, outputTokens: 30 })
  expect(meter.texts()).toEqual(['Hé "message_stop" 😀'])
})

test('cut at every byte it is the same', () => {
  for (const chunks of splits(WHOLE)) {
    const { meter, text } = run(chunks)
    expect([text, meter.done, meter.usage?.outputTokens]).toEqual([PASSED, true, 30])
  }
  expect(run(singles(WHOLE)).text).toBe(PASSED)
})

test('line ends of either kind, comments and a missing last blank line make no difference', () => {
  expect(run([WHOLE.replaceAll('\n', '\r\n')]).meter.usage?.outputTokens).toBe(30)
  expect(run([WHOLE.trimEnd()]).meter.done).toBe(true)
  const noted = run([WHOLE.replaceAll('\n\n', '\n\n: still there\n\n')])
  expect([noted.meter.done, noted.meter.usage?.outputTokens]).toEqual([true, 30])
})

test('a stream that breaks off knows its prompt, and what was seen', () => {
  const { meter } = run([PASSED])
  expect(meter).toMatchObject({ done: false, isComplete: false, isUsageFinal: false, usage: undefined })
  expect(meter.known).toMatchObject({ inputTokens: 17, outputTokens: 0 })
  expect(meter.texts()).toEqual(['Hé "message_stop" 😀'])
})

test('a vendor that closes after it said why it stopped has said all', () => {
  const { meter } = run([streamOf(...BEGUN, stop('max_tokens'))])
  expect(meter).toMatchObject({ done: false, isComplete: true, finishReason: 'length' })
  expect(meter.usage?.outputTokens).toBe(30)
})

test('figures that are revised are the last ones, and an earlier delta is the caller’s', () => {
  const early = { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 2 } }
  const late = { ...stop('end_turn'), usage: { input_tokens: 61, output_tokens: 9 } }
  const { meter, text } = run([streamOf(...BEGUN, early, late, STOPPED)])
  expect(text).toBe(PASSED + frame(early))
  expect(meter.usage).toMatchObject({ inputTokens: 66, outputTokens: 9 })
})

test('an error ends the stream, and is not passed on', () => {
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  for (const events of [[error], [...BEGUN, error, textDelta(0, 'x')]]) {
    const { meter, text } = run([streamOf(...events)])
    expect(meter.error).toEqual(error)
    expect([meter.ended, text.includes('overloaded')]).toEqual([true, false])
  }
})

test('what is no event of JSON breaks it', () => {
  expect(run(['data: {"type":\n\n']).meter.broken).toBe(true)
  expect(run([`data: ${'x'.repeat(2_000_000)}`]).meter.broken).toBe(true)
})

test('calls and thoughts are content, and are counted by their texts', () => {
  const { meter } = run([
    streamOf(
      start(),
      open(0, { type: 'thinking', thinking: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm.' }),
      close(0),
      open(1, { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} }),
      delta(1, { type: 'input_json_delta', partial_json: '{"a"' }),
      delta(1, { type: 'input_json_delta', partial_json: ':1}' }),
    ),
  ])
  expect(meter.texts()).toEqual(['Hm.', 'f', '{"a":1}'])
  const begun = run([streamOf(start(), open(0, { type: 'text', text: '' }), { type: 'ping' })])
  expect(begun.meter.hasContent).toBe(false)
  expect(run([streamOf(start(), open(0, { type: 'tool_use', name: 'f' }))]).meter.hasContent).toBe(true)
})
