import { expect, test } from 'bun:test'
import { chunksOf } from '../gateway/stream-text'
import { events, FINISH, ROLE, runMeter, usageData, word } from './run-meter'

const counts = (prompt: number, completion: number) =>
  `{"prompt_tokens":${prompt},"completion_tokens":${completion},"total_tokens":${prompt + completion}}`
const textOf = (event: Uint8Array | undefined) => Buffer.from(event ?? []).toString()

test('wire 77: the usage event is withheld, and nothing but it', () => {
  const { text, meter } = runMeter([events(ROLE, word('a'), FINISH, usageData(), '[DONE]')], true)
  expect(text).toBe(events(ROLE, word('a'), FINISH))
  expect(textOf(meter.usageEvent)).toBe(events(usageData()))
  expect(meter.usage).toMatchObject({ inputTokens: 12, outputTokens: 3 })
})

test('wire 77: usage on a chunk with choices is read and taken out of it', () => {
  const finish = FINISH.replace('"usage":null', `"usage":${counts(7, 2)}`)
  for (const keepUsage of [true, false]) {
    const { text, meter } = runMeter([events(ROLE, word('a'), finish, '[DONE]')], keepUsage)
    const last = chunksOf(text).at(-1)!
    expect(last.choices?.[0]?.finish_reason).toBe('stop')
    expect(last).toEqual(
      expect.objectContaining(keepUsage ? { usage: null } : { object: 'chat.completion.chunk' }),
    )
    expect('usage' in last).toBe(keepUsage)
    expect(meter.usage).toMatchObject({ inputTokens: 7, outputTokens: 2 })
    expect(meter.usageEvent).toBeUndefined()
  }
})

test('usage of a delta is not taken for the chunk’s own', () => {
  const chunk = `{"choices":[{"index":0,"delta":{"content":"a","usage":{"of":"the tool"}}}],"usage":${counts(7, 2)}}`
  for (const keepUsage of [true, false]) {
    const { text, meter } = runMeter([events(word('x'), chunk)], keepUsage)
    const last = chunksOf(text).at(-1)!
    expect(last.choices?.[0]?.delta.usage).toEqual({ of: 'the tool' })
    expect(last.usage).toBe(keepUsage ? null : (undefined as never))
    expect(meter.usage).toMatchObject({ inputTokens: 7, outputTokens: 2 })
  }
})

test('T57: of two usage events the last one counts, and is the one that is kept', () => {
  const stream = events(
    word('a'),
    usageData(counts(7, 2)),
    word('b'),
    FINISH,
    usageData(counts(7, 5)),
    '[DONE]',
  )
  const { text, meter } = runMeter([stream], true)
  expect(text).toBe(events(word('a'), word('b'), FINISH))
  expect(meter.usage).toMatchObject({ inputTokens: 7, outputTokens: 5 })
  expect(textOf(meter.usageEvent)).toBe(events(usageData(counts(7, 5))))
})

test('T57: deltas after the usage event pass, and the usage still comes last', () => {
  const { text, meter } = runMeter([events(word('a'), FINISH, usageData(), word('late'), '[DONE]')], true)
  expect(text).toBe(events(word('a'), FINISH, word('late')))
  expect(textOf(meter.usageEvent)).toBe(events(usageData()))
})

test('an event whose figures were replaced by a later chunk’s is not kept', () => {
  const finish = FINISH.replace('"usage":null', `"usage":${counts(7, 9)}`)
  const { meter } = runMeter([events(word('a'), usageData(counts(7, 2)), finish, '[DONE]')], true)
  expect(meter.usage).toMatchObject({ outputTokens: 9 })
  expect(meter.usageEvent).toBeUndefined()
})

const IMPOSSIBLE = [
  '{"prompt_tokens":-1,"completion_tokens":3}',
  '{"prompt_tokens":"12","completion_tokens":3}',
  '{"prompt_tokens":1e18,"completion_tokens":3}',
  '{"prompt_tokens":1.5,"completion_tokens":3}',
  '{"prompt_tokens":null,"completion_tokens":3}',
  '{"completion_tokens":3}',
  '{"prompt_tokens":1,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":2}}',
  '{"prompt_tokens":1,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":4}}',
  '{}',
  '[]',
  '"12"',
  '1',
  'true',
]
for (const figures of IMPOSSIBLE)
  test(`T58: figures that cannot be are not taken over: ${figures}`, () => {
    const alone = runMeter([events(word('a'), FINISH, usageData(figures), '[DONE]')], true)
    expect([alone.meter.usage, alone.meter.usageEvent, alone.meter.done]).toEqual([
      undefined,
      undefined,
      true,
    ])
    expect(alone.text).toBe(events(word('a'), FINISH))
    const after = runMeter([events(word('a'), FINISH, usageData(), usageData(figures), '[DONE]')], true)
    expect(after.meter.usage).toMatchObject({ inputTokens: 12, outputTokens: 3 })
    expect(textOf(after.meter.usageEvent)).toBe(events(usageData()))
  })

test('wire 59: cached, cache-write, audio and reasoning tokens are read as parts of their sums', () => {
  const usage =
    '{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,' +
    '"prompt_tokens_details":{"cached_tokens":30,"cache_write_tokens":20,"audio_tokens":5,"image_tokens":6},' +
    '"completion_tokens_details":{"reasoning_tokens":40,"audio_tokens":1,"accepted_prediction_tokens":2,"rejected_prediction_tokens":3}}'
  expect(runMeter([events(word('a'), usageData(usage))]).meter.usage).toEqual({
    inputTokens: 100,
    cachedInputTokens: 30,
    cacheWriteTokens: 20,
    cacheWrite1hTokens: 0,
    outputTokens: 50,
    reasoningTokens: 40,
    audioInputTokens: 5,
    audioOutputTokens: 1,
    imageInputTokens: 6,
    imageOutputTokens: 0,
    audioSeconds: 0,
    characters: 0,
    images: 0,
  })
})

test('the model is the one that the vendor reports last', () => {
  const { meter } = runMeter([
    events(ROLE.replace('m-1', ''), word('a'), FINISH.replace('m-1', 'm-2'), '[DONE]'),
  ])
  expect(meter.model).toBe('m-2')
})
