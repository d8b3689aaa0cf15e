import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Likeness } from '../../src/usage/likeness'

const HEAD = 'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"'
const TAIL = '"},"finish_reason":null}],"usage":null'
const event = (text: string, rest = '}\n\n') =>
  Buffer.from(`${HEAD}${JSON.stringify(text).slice(1, -1)}${TAIL}${rest}`)
const padded = (text: string, padding: string) => event(text, `,"obfuscation":"${padding}"}\n\n`)
const blanked = (bytes: Buffer) => Buffer.from(bytes.toString().replace(',"usage":null', ' '.repeat(13)))

function likenessOf(sample: Buffer, passed = sample): Likeness {
  const likeness = Likeness.of(sample, HEAD.length, passed)
  if (!likeness) throw new Error('no likeness')
  return likeness
}

const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '\\"', '\n\n', '"},', '😀'))

test('an event that differs in its text alone is of the likeness, and its text is found as it was written', () => {
  fc.assert(
    fc.property(
      texts,
      texts,
      fc.constantFrom(event, (text: string) => padded(text, 'xY9')),
      (first, next, make) => {
        const likeness = likenessOf(make(first))
        const other = make(next)
        expect(likeness.matches(other)).toBe(true)
        const { textStart, textEnd } = likeness
        expect(JSON.parse(`"${other.toString('utf8', textStart, textEnd)}"`)).toBe(next)
      },
    ),
  )
})

test('a padding may differ too', () => {
  const likeness = likenessOf(padded('a', 'x'))
  expect(likeness.matches(padded('bc', ''))).toBe(true)
  expect(likeness.matches(padded('bc', 'x'.repeat(40)))).toBe(true)
  expect(likeness.matches(event('bc'))).toBe(false)
})

for (const [name, bytes] of [
  ['says anything else', `${HEAD}b${TAIL.replace('null', '"stop"')}}\n\n`],
  ['is of another answer', `${HEAD.replace('"c"', '"d"')}b${TAIL}}\n\n`],
  ['is followed by another', `${event('b')}${event('c')}`],
  ['is followed by a byte', `${event('b')}d`],
  ['is not whole', `${HEAD}b${TAIL}`],
  ['has a text that does not end', `${HEAD}b`],
  ['has a text whose quote is escaped', `${HEAD}b\\${TAIL}}\n\n`],
  ['has a line end in its text', `${HEAD}b\n\nevent: error\ndata: ${TAIL}}\n\n`],
  ['is empty', ''],
] as const)
  test(`an event that ${name} is not of the likeness`, () => {
    expect(likenessOf(event('a')).matches(Buffer.from(bytes))).toBe(false)
  })

test('what was blanked in the first is blanked in the others, and nothing else', () => {
  for (const make of [event, (text: string) => padded(text, 'x'.repeat(text.length))]) {
    const likeness = likenessOf(make('a'), blanked(make('a')))
    for (const text of ['', 'longer', '"usage":null']) {
      const other = make(text)
      const wanted = Buffer.from(other.toString().replace(/,"usage":null/, ' '.repeat(13)))
      expect(likeness.matches(other)).toBe(true)
      likeness.blank(other)
      expect(other.toString()).toBe(wanted.toString())
    }
  }
})

test('without a text that ends, or blanked elsewhere than behind it, there is no likeness', () => {
  expect(Likeness.of(Buffer.from(`${HEAD}a`), HEAD.length, Buffer.from(`${HEAD}a`))).toBeUndefined()
  const sample = event('a')
  const replaced = Buffer.from(sample.toString().replace('"usage":null', '"usage":none'))
  expect(Likeness.of(sample, HEAD.length, replaced)).toBeUndefined()
  const before = Buffer.from(sample.toString().replace('"id":"c",', ' '.repeat(9)))
  expect(Likeness.of(sample, HEAD.length, before)).toBeUndefined()
})
