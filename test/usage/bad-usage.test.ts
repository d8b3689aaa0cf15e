import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readUsage } from '../../src/vendors/openai/usage'
import { events, FINISH, ROLE, runMeter, usageData, word } from './run-meter'

const figures = (prompt: unknown, completion: unknown, rest: object = {}) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  ...rest,
})

const REFUSED: [what: string, usage: unknown][] = [
  ['no object', 'twelve'],
  ['a list', [figures(1, 1)]],
  ['nothing in it', {}],
  ['a negative count', figures(-1, 3)],
  ['a negative part', figures(5, 3, { prompt_tokens_details: { cached_tokens: -1 } })],
  ['a fraction', figures(1.5, 3)],
  ['a count as text', figures('12', 3)],
  ['NaN', figures(Number.NaN, 3)],
  ['infinity', figures(12, Number.POSITIVE_INFINITY)],
  ['a truth', figures(true, 3)],
  ['1e18', figures(1e18, 3)],
  ['T90 2^31', figures(2 ** 31, 3)],
  ['T90 2^53', figures(12, 2 ** 53)],
  ['T90 2^63', figures(12, 2 ** 63)],
  ['no prompt', { completion_tokens: 3, total_tokens: 3 }],
  ['no answer and no total', { prompt_tokens: 12 }],
  ['more cached than prompt', figures(5, 3, { prompt_tokens_details: { cached_tokens: 6 } })],
  [
    'more cached and written than prompt',
    figures(5, 3, { prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 3 } }),
  ],
  ['more audio than prompt', figures(5, 3, { prompt_tokens_details: { audio_tokens: 6 } })],
  ['more reasoning than answer', figures(5, 3, { completion_tokens_details: { reasoning_tokens: 4 } })],
  ['a part as text', figures(5, 3, { completion_tokens_details: { reasoning_tokens: '2' } })],
  ['a total above its parts', figures(5, 3, { total_tokens: 9 })],
  ['a total below its parts', figures(5, 3, { total_tokens: 7 })],
  ['a total as text', figures(5, 3, { total_tokens: '8' })],
  ['Anthropic’s names', { input_tokens: 12, output_tokens: 3, cache_read_input_tokens: 4 }],
  ['Gemini’s names', { promptTokenCount: 12, candidatesTokenCount: 3, totalTokenCount: 15 }],
  ['Bedrock’s names', { inputTokens: 12, outputTokens: 3, totalTokens: 15 }],
  ['Cohere’s names', { billed_units: { input_tokens: 12, output_tokens: 3 } }],
]
for (const [what, usage] of REFUSED)
  test(`T58: ${what}: is no usage`, () => {
    expect(readUsage(usage)).toBeUndefined()
  })

const TAKEN: [what: string, usage: unknown, input: number, output: number][] = [
  ['no total', figures(12, 3), 12, 3],
  ['a total of null', figures(12, 3, { total_tokens: null }), 12, 3],
  [
    'details of null',
    figures(12, 3, { prompt_tokens_details: null, completion_tokens_details: null }),
    12,
    3,
  ],
  ['parts of null', figures(12, 3, { prompt_tokens_details: { cached_tokens: null } }), 12, 3],
  ['a prompt without an answer', { prompt_tokens: 12, total_tokens: 12 }, 12, 0],
  ['zeros', figures(0, 0, { total_tokens: 0 }), 0, 0],
  ['a billion', figures(1e9, 3), 1e9, 3],
  [
    'its own names beside another vendor’s',
    { ...figures(12, 3), input_tokens: 99, output_tokens: 99 },
    12,
    3,
  ],
  [
    'reasoning that the total tells beside the answer',
    figures(307, 26, { total_tokens: 560, completion_tokens_details: { reasoning_tokens: 227 } }),
    307,
    253,
  ],
  [
    'reasoning that the total tells within the answer',
    figures(307, 253, { total_tokens: 560, completion_tokens_details: { reasoning_tokens: 227 } }),
    307,
    253,
  ],
]
for (const [what, usage, inputTokens, outputTokens] of TAKEN)
  test(`${what}: is read`, () => {
    expect(readUsage(usage)).toMatchObject({ inputTokens, outputTokens })
  })

test('whatever a vendor says, figures are whole, not negative, and no part is above its sum', () => {
  const any = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 12 }) },
    { weight: 1, arbitrary: fc.constantFrom(null, undefined, Number.NaN, '7', 1e18, 0.5, -1) },
  )
  const sum = fc.oneof(any, fc.integer({ min: 10, max: 60 }))
  const details = (...names: string[]) =>
    fc.option(fc.record(Object.fromEntries(names.map(name => [name, any]))), { nil: undefined })
  const usage = fc.record({
    prompt_tokens: sum,
    completion_tokens: sum,
    total_tokens: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: sum }),
    prompt_tokens_details: details('cached_tokens', 'cache_write_tokens', 'audio_tokens', 'image_tokens'),
    completion_tokens_details: details('reasoning_tokens', 'audio_tokens', 'image_tokens'),
  })
  let read = 0
  fc.assert(
    fc.property(usage, said => {
      const found = readUsage(said)
      if (!found) return
      read++
      for (const count of Object.values(found)) expect(Number.isSafeInteger(count) && count >= 0).toBe(true)
      expect(found.inputTokens).toBe(said.prompt_tokens as number)
      expect(found.cachedInputTokens + found.cacheWriteTokens).toBeLessThanOrEqual(found.inputTokens)
      expect(found.reasoningTokens).toBeLessThanOrEqual(found.outputTokens)
      if (typeof said.total_tokens === 'number')
        expect(found.inputTokens + found.outputTokens).toBe(said.total_tokens)
    }),
    { numRuns: 5_000 },
  )
  // Not all of them were refused.
  expect(read).toBeGreaterThan(200)
})

const json = (prompt: number, completion: number) =>
  `{"prompt_tokens":${prompt},"completion_tokens":${completion},"total_tokens":${prompt + completion}}`
const inChoice = (usage: string) =>
  FINISH.replace('"finish_reason":"stop"', `"finish_reason":"stop","usage":${usage}`)

for (const keepUsage of [true, false])
  test(`usage beside the first choice is read and taken out (asked: ${keepUsage})`, () => {
    const { meter, text } = runMeter([events(ROLE, word('a'), inChoice(json(7, 2)), '[DONE]')], keepUsage)
    expect(meter.usage).toMatchObject({ inputTokens: 7, outputTokens: 2 })
    expect([meter.isUsageFinal, meter.usageEvent, meter.rawUsage]).toEqual([
      true,
      undefined,
      JSON.parse(json(7, 2)),
    ])
    expect(text).not.toContain('tokens')
    for (const line of text.split('\n\n').filter(Boolean)) JSON.parse(line.slice('data: '.length))
  })

test('of usage in both places the chunk’s own counts, and neither is left', () => {
  const both = inChoice(json(9, 9)).replace('"usage":null', `"usage":${json(7, 2)}`)
  const { meter, text } = runMeter([events(ROLE, word('a'), both, '[DONE]')])
  expect(meter.usage).toMatchObject({ inputTokens: 7, outputTokens: 2 })
  expect(text).not.toContain('tokens')
})

test('a last word that cannot be takes the figures on the way with it', () => {
  const onTheWay = word('a', `,"usage":${json(7, 1)}`)
  const last = usageData('{"prompt_tokens":-7,"completion_tokens":2}')
  const { meter } = runMeter([events(ROLE, onTheWay, FINISH, last, '[DONE]')])
  expect([meter.usage, meter.isUsageFinal]).toEqual([undefined, false])
  expect(meter.rawUsage).toEqual({ prompt_tokens: -7, completion_tokens: 2 })
})

for (const tiny of ['1', '[]', '{}', '""', '7.5'])
  test(`usage of ${tiny} on a chunk breaks nothing of it`, () => {
    const { text, meter } = runMeter(
      [events(word('a', `,"usage":${tiny}`), word('b'), FINISH, '[DONE]')],
      true,
    )
    const [first] = text.split('\n\n')
    expect(JSON.parse(first!.slice('data: '.length)).choices[0].delta.content).toBe('a')
    expect([meter.usage, meter.done]).toEqual([undefined, true])
  })
