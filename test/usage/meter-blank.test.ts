import { expect, test } from 'bun:test'
import { dataOf } from '../gateway/stream-text'
import { BLANKED, events, KEPT, ROLE, runMeter, singles, splits, WHOLE, word } from './run-meter'

test('wire 76: who did not ask gets no usage key, in the same length, wherever the bytes are split', () => {
  for (const chunks of splits(WHOLE)) {
    const { text, meter } = runMeter(chunks)
    expect(text).toBe(BLANKED)
    expect(meter.usage?.outputTokens).toBe(3)
  }
  expect(runMeter(singles(WHOLE)).text).toBe(BLANKED)
})

test('wire 76: who asked gets every chunk as it came, wherever the bytes are split', () => {
  for (const chunks of splits(WHOLE)) {
    const { text, meter } = runMeter(chunks, true)
    expect(text).toBe(KEPT)
    expect(meter.usage?.inputTokens).toBe(12)
  }
  expect(runMeter(singles(WHOLE), true).text).toBe(KEPT)
})

test('wire 83: a CRLF stream is read wherever its bytes are split', () => {
  const crlf = (text: string) => text.replaceAll('\n', '\r\n')
  for (const chunks of splits(crlf(WHOLE))) {
    const { text, meter } = runMeter(chunks)
    expect(text).toBe(crlf(BLANKED))
    expect([meter.done, meter.finishReason, meter.usage?.inputTokens]).toEqual([true, 'stop', 12])
  }
  expect(runMeter(singles(crlf(WHOLE))).text).toBe(crlf(BLANKED))
})

test('a stream of spaced JSON is read wherever its bytes are split', () => {
  const spaced = (text: string) =>
    text.replace(/^data: (\{.*\})$/gm, (_, json: string) => `data: ${respaced(json)}`)
  const blanked = spaced(WHOLE.slice(0, KEPT.length)).replaceAll(', "usage": null', ' '.repeat(15))
  for (const chunks of splits(spaced(WHOLE))) {
    const { text, meter } = runMeter(chunks)
    expect(text).toBe(blanked)
    expect([meter.done, meter.finishReason, meter.usage?.inputTokens]).toEqual([true, 'stop', 12])
  }
})

/** As Python writes it: a space after every comma and colon outside strings (there are none inside, here). */
function respaced(json: string): string {
  return json.replaceAll(',"', ', "').replaceAll('":', '": ')
}

test('wire 83: data without a space, comments and a byte order mark are read', () => {
  const noSpace = WHOLE.replaceAll('data: ', 'data:')
  expect(runMeter(splitsAt(noSpace, 100)).meter).toMatchObject({
    done: true,
    finishReason: 'stop',
    model: 'm-1',
  })
  const marked = `\uFEFF: hello\n\n${WHOLE}`
  expect(runMeter([marked]).meter).toMatchObject({ done: true, finishReason: 'stop' })
  expect(runMeter([`\uFEFF${WHOLE}`]).meter).toMatchObject({ done: true, finishReason: 'stop', model: 'm-1' })
})

function splitsAt(text: string, at: number): string[] {
  return [text.slice(0, at), text.slice(at)]
}

const PLACES: [where: string, given: string, blanked: string][] = [
  ['last', '{"a":1,"usage":null}', '{"a":1             }'],
  ['in the middle', '{"a":1,"usage":null,"b":2}', '{"a":1             ,"b":2}'],
  ['first', '{"usage":null,"a":1}', '{             "a":1}'],
  ['alone', '{"usage":null}', '{            }'],
  ['spaced', '{"a":1 , "usage" : null , "b":2}', '{"a":1                  , "b":2}'],
  ['twice', '{"usage":null,"a":1,"usage":null}', '{             "a":1             }'],
]
for (const [where, given, blanked] of PLACES)
  test(`"usage":null is blanked where it stands ${where}, and the JSON stays legal`, () => {
    const { text } = runMeter([events(word('x')), `data: ${given}\n\n`])
    expect(text.split('\n\n')[1]).toBe(`data: ${blanked}`)
    expect(JSON.parse(blanked)).not.toHaveProperty('usage')
  })

test('wire 86: "error":null is taken out of a chunk, also for who asked for usage', () => {
  const { text } = runMeter(
    [events(word('a', ',"error":null'), word('b', ',"error": null,"usage":null'))],
    true,
  )
  expect(text).not.toContain('error')
  expect(dataOf(text).map(data => JSON.parse(data).choices[0].delta.content)).toEqual(['a', 'b'])
})

/** Texts that look like the stream's own marks. Inside a JSON string none of them is one. */
const TEXTS = [
  'data: [DONE]',
  '\n\ndata: [DONE]\n\n',
  '"usage":null',
  ',"usage":{"prompt_tokens":999,"completion_tokens":999}',
  '"error":{"message":"boom"}',
  '{"error":null}',
  '"finish_reason":"length"',
  'event: error',
  '\\"usage\\":null',
  'a\u0000b\u2028c\u2029d\u0085e',
  'naïve 世界 😀 \ud83d',
  'usage',
  'error',
]
for (const content of TEXTS)
  test(`T60: a text of ${JSON.stringify(content)} stays text, wherever it is split`, () => {
    const stream = events(ROLE, word('start'), word(content), word('"'), '[DONE]')
    for (const chunks of splits(stream)) {
      const { text, meter } = runMeter(chunks, true)
      expect(text).toBe(events(ROLE, word('start'), word(content), word('"')))
      expect([meter.error, meter.broken, meter.usage, meter.finishReason, meter.done]).toEqual([
        undefined,
        false,
        undefined,
        null,
        true,
      ])
    }
  })

test('a member called usage inside a tool’s output object is not the chunk’s', () => {
  const nested = '{"choices":[{"index":0,"delta":{"content":"a","usage":{"prompt_tokens":1}}}],"usage":null}'
  const { meter } = runMeter([events(nested)], true)
  expect(meter.usage).toBeUndefined()
})
