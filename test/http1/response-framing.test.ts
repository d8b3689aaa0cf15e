import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { BAD, chunked, GOOD, OK, ofLength } from './framings'
import { cutAt, type Heard, readAnswer } from './read-answer'

describe('an answer is the same however it is cut', () => {
  for (const [name, bytes, status, body] of GOOD)
    test(name, () => {
      const expected = { status, body, ending: 'whole', rest: 0 }
      expect(readAnswer([Buffer.from(bytes, 'latin1')])).toMatchObject(expected)
      for (let at = 1; at < bytes.length; at++) expect(readAnswer(cutAt(bytes, [at]))).toMatchObject(expected)
      expect(readAnswer([...Buffer.from(bytes, 'latin1')].map(byte => Uint8Array.of(byte)))).toMatchObject(
        expected,
      )
    })
})

describe('what could be read in two ways is refused, however it is cut', () => {
  for (const [name, bytes] of BAD)
    test(name, () => {
      const { ending } = readAnswer([Buffer.from(bytes, 'latin1')])
      expect(['whole', 'open']).not.toContain(ending)
      const step = Math.ceil(bytes.length / 1_000) ** 2
      for (let at = 1; at < bytes.length; at += step)
        expect(['whole', 'open']).not.toContain(readAnswer(cutAt(bytes, [at])).ending)
    }, 20_000)
})

test('no message quotes what was received', () => {
  for (const [, bytes] of BAD)
    expect(readAnswer([Buffer.from(bytes, 'latin1')]).ending).toMatch(/^[a-zA-Z0-9 ./-]+$/)
})

test('an answer to HEAD has no body, whatever it says of one', () => {
  for (const bytes of [ofLength('5'), chunked(''), `${OK}\r\n`])
    expect(readAnswer([Buffer.from(bytes)], true)).toMatchObject({ body: '', ending: 'whole', rest: 0 })
})

test('what follows an answer is left alone', () => {
  for (const bytes of [
    ofLength('2', 'hi'),
    chunked('2\r\nhi\r\n0\r\n\r\n'),
    'HTTP/1.1 204 No Content\r\n\r\n',
  ])
    expect(readAnswer([Buffer.from(`${bytes}HTTP/1.1 200 OK\r\n`)])).toMatchObject({
      ending: 'whole',
      rest: OK.length,
    })
})

test('an answer that is not over is open: a cut is no end', () => {
  for (const [name, bytes] of GOOD) {
    if (/closing|1\.0|without lines/.test(name)) continue
    for (let length = 0; length < bytes.length; length++) {
      const { ending } = readAnswer([Buffer.from(bytes.slice(0, length), 'latin1')])
      expect([name, length, ending]).toEqual([name, length, 'open'])
    }
  }
})

const CHUNK = fc.tuple(
  fc.string({
    minLength: 1,
    maxLength: 2_000,
    unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
  }),
  fc.constantFrom('', ';a', ';a="b;c"', ' ;x=y', '\t'),
  fc.boolean(),
)
const frame = ([data, extension, isUpper]: [string, string, boolean]) => {
  const size = data.length.toString(16)
  return `${isUpper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`
}

test('chunks of any bytes come out whole and the large ones uncopied, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(CHUNK, { maxLength: 8 }),
      fc.array(fc.nat(16_000), { maxLength: 12 }),
      (chunks, cuts) => {
        const bytes = chunked(`${chunks.map(frame).join('')}0\r\n\r\n`)
        const heard = readAnswer(
          cutAt(
            bytes,
            cuts.map(cut => cut % bytes.length),
          ),
        )
        expect([heard.ending, heard.rest]).toEqual(['whole', 0])
        expect(heard.body).toBe(chunks.map(([data]) => data).join(''))
        expect(heard.copies.every(size => size <= 1_000)).toBe(true)
      },
    ),
    { numRuns: 500 },
  )
})

test('what is read in one piece with its framing is a view of it, unless all of it is small', () => {
  for (const [size, copies] of [
    [200, [200]],
    [985, [985]],
    [1_200, []],
    [60_000, []],
  ] as const) {
    const head = Buffer.from(chunked(''))
    const body = Buffer.from(`${frame(['x'.repeat(size), '', false])}0\r\n\r\n`)
    expect(readAnswer([head, body])).toMatchObject({ ending: 'whole', copies })
  }
})

test('a body of known length that comes with its head is copied out of a small packet, and a view of a large one', () => {
  for (const [size, copies] of [
    [200, [200]],
    [1_200, [1_200]],
    [4_000, [4_000]],
    [4_096, []],
    [60_000, []],
  ] as const) {
    const packet = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n${'x'.repeat(size)}`)
    expect(readAnswer([packet])).toMatchObject({ ending: 'whole', copies })
  }
})

test('whatever comes, nothing but a refusal is thrown, and the cuts change nothing of it', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'HTTP/1.1 200 OK',
      'HTTP/1.1 103 x',
      '\r\n',
      '\r',
      '\n',
      ': ',
      '0',
      'content-length: 3',
      'transfer-encoding: chunked',
      'connection: close',
      ' ',
      '\0',
      '5',
      ';',
      'x',
    ),
    fc.string({ maxLength: 5 }),
  )
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.array(fc.nat(300), { maxLength: 6 }),
      (pieces, cuts) => {
        const bytes = `HTTP/1.1 200 OK\r\n${pieces.join('')}`
        const one = readAnswer([Buffer.from(bytes, 'latin1')])
        const many = readAnswer(
          cutAt(
            bytes,
            cuts.map(cut => cut % bytes.length),
          ),
        )
        // Of two broken rules the cuts decide which one is seen first.
        const kind = ({ ending }: Heard) => (ending === 'whole' || ending === 'open' ? ending : 'refused')
        expect([kind(many), many.status, many.body]).toEqual([kind(one), one.status, one.body])
        expect(one.rest).toBeGreaterThanOrEqual(0)
      },
    ),
    { numRuns: 2_000 },
  )
})
