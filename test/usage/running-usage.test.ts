import { expect, spyOn, test } from 'bun:test'
import { Meter } from '../../src/usage/meter'
import { openai } from '../../src/vendors/openai/adapter'
import { chunksOf, contentOf } from '../gateway/stream-text'
import { events, FINISH, ROLE, runMeter, singles, splits, usageData, word } from './run-meter'

/** As vLLM writes them, which gives the total before its second part. */
const counts = (output: number) =>
  `{"prompt_tokens":12,"total_tokens":${12 + output},"completion_tokens":${output},"prompt_tokens_details":null}`
const running = (text: string, output: number) => word(text, `,"usage":${counts(output)}`)

const CHUNKS = [ROLE, running('Hé', 1), running(' {"usage":{}}', 2), running(' 😀', 3)]
const CUT = events(...CHUNKS)
const WHOLE = events(...CHUNKS, FINISH, usageData(counts(4)), '[DONE]')
const NOT_FINAL = { inputTokens: 12, outputTokens: 3 }

test('figures that come with each chunk are the last ones told, wherever the bytes are split', () => {
  for (const keepUsage of [false, true])
    for (const chunks of [...splits(CUT), singles(CUT)]) {
      const { meter, text } = runMeter(chunks, keepUsage)
      expect([meter.usage, meter.isUsageFinal, meter.isComplete]).toMatchObject([NOT_FINAL, false, false])
      expect(contentOf(text)).toBe('Hé {"usage":{}} 😀')
      expect(text.length).toBe(CUT.length)
      for (const chunk of chunksOf(text).slice(1)) expect(chunk.usage).toBe(keepUsage ? null : undefined)
    }
})

test('the last word of a whole stream replaces them, and is its usage event', () => {
  for (const chunks of [...splits(WHOLE), singles(WHOLE)]) {
    const { meter, text } = runMeter(chunks, true)
    expect([meter.usage?.outputTokens, meter.isUsageFinal, meter.done]).toEqual([4, true, true])
    expect(Buffer.from(meter.usageEvent!).toString()).toBe(events(usageData(counts(4))))
    expect(chunksOf(text).at(-1)?.choices?.[0]?.finish_reason).toBe('stop')
  }
})

test('CRLF streams and spaced JSON are read alike', () => {
  const crlf = CUT.replaceAll('\n', '\r\n')
  expect(runMeter([crlf]).meter.usage).toMatchObject(NOT_FINAL)
  expect(runMeter([crlf]).text).not.toContain('prompt_tokens')
  const spaced = events(ROLE, word('a'), running('b', 3).replace('}],"usage":{', '} ] , "usage" : {'))
  expect(runMeter([spaced]).meter.usage).toMatchObject(NOT_FINAL)
  expect(chunksOf(runMeter([spaced]).text).at(-1)).not.toHaveProperty('usage')
})

test('no chunk is parsed for them: the last figures are, once, when they are asked for', () => {
  const meter = new Meter({ keepUsage: false, readUsage: openai.usage, outlet: { emit: () => {} } })
  const push = (data: string) => meter.push(Buffer.from(events(data)))
  push(ROLE)
  push(running('a', 1))
  const parse = spyOn(JSON, 'parse')
  try {
    for (let output = 2; output <= 99; output++) push(running('b', output))
    // What a piece of text looks like is learned, and again where a figure grows by a digit.
    expect(parse.mock.calls.length).toBeLessThan(20)
    parse.mockClear()
    expect([meter.usage?.outputTokens, meter.rawUsage, meter.isUsageFinal]).toMatchObject([
      99,
      { completion_tokens: 99 },
      false,
    ])
    expect(parse).toHaveBeenCalledTimes(1)
  } finally {
    parse.mockRestore()
  }
})

const usage = counts(3)
const choices = '"choices":[{"index":0,"delta":{"content":"b"},"finish_reason":null}]'
const OTHERWISE: [where: string, chunk: string][] = [
  ['before the choices', `{"usage":${usage},${choices}}`],
  ['before another member', `{${choices},"usage":${usage},"x":1}`],
  ['behind another list', `{${choices},"x":[{}],"usage":${usage}}`],
  ['without a blank line', `{${choices},"usage":${usage}}\nid: 7`],
]
test.each(OTHERWISE)('figures that stand %s are read and taken out as well', (_where, chunk) => {
  for (const keepUsage of [false, true]) {
    const { meter, text } = runMeter([events(ROLE, word('a'), chunk)], keepUsage)
    expect([meter.usage, meter.isUsageFinal]).toMatchObject([NOT_FINAL, false])
    expect(contentOf(text.replace('\nid: 7', ''))).toBe('ab')
    expect(text).not.toContain('prompt_tokens')
  }
})

test('a member of that name that is deeper in the chunk stays where it is', () => {
  const deeper = `{"choices":[{"index":0,"delta":{"content":"b","x":[{}],"usage":{"of":"a tool"}}}]}`
  const lines = `{"choices":[{"index":0,"delta":{"content":"c","x":[{}],"usage":{"of":"a tool"}}\ndata: }]}`
  const { meter, text } = runMeter([events(ROLE, word('a'), deeper, lines)])
  expect(text).toContain(deeper)
  expect(text).toContain(lines)
  expect(meter.usage).toBeUndefined()
})

test.each([
  ['are negative', '{"prompt_tokens":-1,"completion_tokens":3}'],
  ['are no JSON', '{"prompt_tokens":1,"completion_tokens":3,"x":"\\q"}'],
])('figures on the way that %s are no figures, and those that follow are', (_what, bad) => {
  const chunks = [ROLE, word('a'), word('b', `,"usage":${bad}`)].map(chunk => events(chunk))
  const { meter, text } = runMeter(chunks)
  expect([meter.usage, meter.isUsageFinal]).toEqual([undefined, false])
  expect(contentOf(text)).toBe('ab')
  expect(runMeter([...chunks, events(running('c', 3))]).meter.usage).toMatchObject(NOT_FINAL)
})

test('of text that comes with figures nothing is lost', () => {
  const { meter, text } = runMeter(
    [ROLE, ...Array.from({ length: 300 }, (_, index) => running(` "${index}"\n`, index + 1))].map(each =>
      events(each),
    ),
  )
  const whole = Array.from({ length: 300 }, (_, index) => ` "${index}"\n`).join('')
  expect([contentOf(text), meter.texts(), meter.usage?.outputTokens]).toEqual([whole, [whole], 300])
  expect(text).not.toContain('usage')
})

test('figures on the way after a usage event are newer than it', () => {
  const { meter } = runMeter([events(ROLE, word('a'), usageData(counts(9)), running('b', 3))], true)
  expect([meter.usage?.outputTokens, meter.isUsageFinal, meter.usageEvent]).toEqual([3, false, undefined])
})
