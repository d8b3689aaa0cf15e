import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base'
import { countText } from '../../src/usage/count-text'

/** Counts that OpenAI publishes for its encoding o200k_base, and words whose count cannot be anything else. */
const KNOWN: [text: string, tokens: number][] = [
  ['', 0],
  ['hello world', 2],
  ['antidisestablishmentarianism', 6],
  ['2 + 2 = 4', 7],
  ['お誕生日おめでとう', 8],
  ['123456789', 3],
  [' the'.repeat(1_000), 1_000],
]
for (const [text, tokens] of KNOWN)
  test(`“${text.slice(0, 40)}” is ${tokens} tokens`, () => {
    expect(countText(text)).toBe(tokens)
  })

test('what looks like a special token is text', () => {
  expect(countText('<|endoftext|>')).toBe(7)
  expect(countText('<|im_start|>user<|im_sep|>')).toBeGreaterThan(6)
})

const whole = (text: string) => countTokens(text, { disallowedSpecial: new Set() })

const NATURAL: [name: string, text: string][] = [
  ['prose without spaces', '昨日は図書館で本を三冊借りました。とても静かで、窓から海が見えます。'.repeat(60)],
  ['addresses', 'https://example.test/a/b?c=1234567890&d=%20x;'.repeat(60)],
  ['base64', Buffer.from(Array.from({ length: 6_000 }, (_, at) => (at * 7_919) % 251)).toString('base64')],
  ['code', 'if (left[index] !== right) {\n    return undefined\n  }\n'.repeat(80)],
  ['emoji in a row', '🙂🎉👩‍🔬🏳️‍🌈 '.repeat(60)],
]
for (const [name, text] of NATURAL)
  test(`${name}: counted as the encoder counts the whole`, () => {
    expect(countText(text)).toBe(whole(text))
  })

test('any text is counted as the encoder counts it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
      // Shorter than the longest run, so that nothing is cut.
      expect(countText(text.slice(0, 190))).toBe(whole(text.slice(0, 190)))
    }),
  )
})

test('a run that is cut is counted to a few tokens for each cut', () => {
  for (const unit of ['a', 'A', ' ', '\n', '.', '我', 'é', '-='])
    for (const length of [191, 192, 193, 400, 1_000]) {
      const text = unit.repeat(length)
      expect(Math.abs(countText(text) - whole(text))).toBeLessThanOrEqual(4 * Math.ceil(text.length / 192))
    }
})

const HOSTILE = [
  'a',
  'A',
  'aA',
  ' ',
  '\n',
  '\t ',
  '.',
  '/',
  "'",
  "a'S",
  '7',
  '我',
  '😀',
  'e\u0301',
  '\u200d',
  '\ud800',
  '\r\n',
  ' .',
]
for (const unit of HOSTILE)
  test(`a megabyte of ${JSON.stringify(unit)} takes time in proportion to its length`, () => {
    const text = (length: number) => unit.repeat(Math.ceil(length / unit.length))
    const fastest = (length: number) =>
      Math.min(
        ...Array.from({ length: 3 }, () => {
          const began = performance.now()
          countText(text(length))
          return performance.now() - began
        }),
      )
    const small = fastest(250_000)
    // Four times the text: sixteen times the time, were it the square.
    expect(fastest(1_000_000)).toBeLessThan(8 * small + 20)
    expect(small).toBeLessThan(2_000)
  })
