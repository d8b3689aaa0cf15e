import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { cutAt, type Heard, readAnswer } from './read-answer'

const OK = 'HTTP/1.1 200 OK\r\n'
const chunked = (body: string) => `${OK}transfer-encoding: chunked\r\n\r\n${body}`
const ofLength = (value: string, body = '') => `${OK}content-length: ${value}\r\n\r\n${body}`

const GOOD: [name: string, bytes: string, status: number, body: string][] = [
  ['a body of known length', ofLength('5', 'hello'), 200, 'hello'],
  ['a length with zeros before it', ofLength('0005', 'hello'), 200, 'hello'],
  ['a length between blanks', ofLength(' \t5\t ', 'hello'), 200, 'hello'],
  ['a body of no bytes', ofLength('0'), 200, ''],
  ['names in any case', `${OK}CoNTeNT-LeNGTH: 2\r\n\r\nhi`, 200, 'hi'],
  ['a status without a reason', 'HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nhi', 200, 'hi'],
  ['a status with an empty reason', 'HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nhi', 200, 'hi'],
  ['a head without lines', `${OK}\r\nhi`, 200, 'hi'],
  ['a value of no characters', `${OK}x-a:\r\ncontent-length: 2\r\n\r\nhi`, 200, 'hi'],
  ['Latin text in a value', `${OK}x-a: n\xe4h\r\ncontent-length: 2\r\n\r\nhi`, 200, 'hi'],
  ['a body that the closing ends', `${OK}connection: close\r\n\r\nall of it`, 200, 'all of it'],
  ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nold', 200, 'old'],
  ['chunks', chunked('5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n'), 200, 'hello!'],
  [
    'chunk sizes in either case',
    chunked('A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n'),
    200,
    '01234567890123456789',
  ],
  ['a chunk size with zeros before it', chunked('005\r\nhello\r\n000\r\n\r\n'), 200, 'hello'],
  ['chunk extensions', chunked('5;a=b;c="d e"\r\nhello\r\n0;x\r\n\r\n'), 200, 'hello'],
  ['blanks behind a chunk size', chunked('5 \t\r\nhello\r\n0 ;x\r\n\r\n'), 200, 'hello'],
  ['trailers', chunked('5\r\nhello\r\n0\r\nx-checksum: 1\r\ncontent-length: 9\r\n\r\n'), 200, 'hello'],
  [
    'an interim answer first',
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\n\r\n${ofLength('2', 'hi')}`,
    200,
    'hi',
  ],
  [
    'an interim answer that speaks of a body',
    `HTTP/1.1 100 Continue\r\ncontent-length: 5\r\n\r\n${ofLength('2', 'hi')}`,
    200,
    'hi',
  ],
  ['a 204', 'HTTP/1.1 204 No Content\r\n\r\n', 204, ''],
  ['a 204 of no bytes', 'HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n', 204, ''],
  [
    'a 304 that tells the length of what it spares',
    'HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n',
    304,
    '',
  ],
  ['an error like any other', 'HTTP/1.1 429 Slow Down\r\ncontent-length: 2\r\n\r\nno', 429, 'no'],
]

const BAD: [name: string, bytes: string][] = [
  ['nothing like HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['a TLS alert', '\x15\x03\x03\x00\x02\x02\x28'],
  ['HTTP/0.9: a bare body', 'hello, world'],
  ['a lower-case protocol', ofLength('2', 'hi').replace('HTTP', 'http')],
  ['HTTP/2', ofLength('2', 'hi').replace('1.1', '2.0')],
  ['HTTP/1.2', ofLength('2', 'hi').replace('1.1', '1.2')],
  ['two blanks before the status', ofLength('2', 'hi').replace(' 200', '  200')],
  ['a tab before the status', ofLength('2', 'hi').replace(' 200', '\t200')],
  ['a status of two digits', ofLength('2', 'hi').replace('200', '20')],
  ['a status of four digits', ofLength('2', 'hi').replace('200', '2000')],
  ['a status of letters', ofLength('2', 'hi').replace('200', '2x0')],
  ['a status below 100', ofLength('2', 'hi').replace('200', '099')],
  ['a status beyond 599', ofLength('2', 'hi').replace('200', '600')],
  ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n'],
  ['lines that end with LF', 'HTTP/1.1 200 OK\ncontent-length: 2\n\nhi'],
  ['one line that ends with LF', `${OK}x-a: b\ncontent-length: 2\r\n\r\nhi`],
  ['a lone CR in a value', `${OK}x-a: b\rc\r\ncontent-length: 2\r\n\r\nhi`],
  ['a NUL in a value', `${OK}x-a: b\0c\r\ncontent-length: 2\r\n\r\nhi`],
  ['a NUL in a name', `${OK}x\0a: b\r\ncontent-length: 2\r\n\r\nhi`],
  ['a NUL in the reason', 'HTTP/1.1 200 O\0K\r\ncontent-length: 2\r\n\r\nhi'],
  ['a blank before the colon', `${OK}content-length : 2\r\n\r\nhi`],
  ['a blank in a name', `${OK}content length: 2\r\n\r\nhi`],
  ['a line without a colon', `${OK}content-length\r\n\r\nhi`],
  ['a line without a name', `${OK}: 2\r\n\r\nhi`],
  ['a folded line', `${OK}x-a: b\r\n c\r\ncontent-length: 2\r\n\r\nhi`],
  ['a folded line at the start', `${OK} x-a: b\r\ncontent-length: 2\r\n\r\nhi`],
  ['a length with a sign', ofLength('+2', 'hi')],
  ['a negative length', ofLength('-2', 'hi')],
  ['a length in hexadecimal', ofLength('0x2', 'hi')],
  ['a length with a fraction', ofLength('2.0', 'hi')],
  ['a length in exponents', ofLength('2e0', 'hi')],
  ['an empty length', ofLength('', 'hi')],
  ['a length beyond exact numbers', ofLength('9007199254740993', 'hi')],
  ['a length of 40 digits', ofLength('1'.repeat(40), 'hi')],
  ['a length with a no-break space', ofLength('\xa02', 'hi')],
  ['two lengths', `${OK}content-length: 2\r\ncontent-length: 3\r\n\r\nhi`],
  ['the same length twice', `${OK}content-length: 2\r\ncontent-length: 2\r\n\r\nhi`],
  ['a list of lengths', ofLength('2, 2', 'hi')],
  ['a length and chunks', `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['chunks and a length', `${OK}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n0\r\n\r\n`],
  ['chunks twice', `${OK}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
  ['chunks after gzip', chunked('0\r\n\r\n').replace('chunked', 'gzip, chunked')],
  ['chunked in a list', chunked('0\r\n\r\n').replace('chunked', 'chunked, identity')],
  ['an unknown transfer-encoding', chunked('0\r\n\r\n').replace('chunked', 'xchunked')],
  ['identity', chunked('0\r\n\r\n').replace('chunked', 'identity')],
  ['a quoted transfer-encoding', chunked('0\r\n\r\n').replace('chunked', '"chunked"')],
  ['chunks under HTTP/1.0', chunked('0\r\n\r\n').replace('1.1', '1.0')],
  ['a 204 with a body', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\nhi'],
  ['a 204 in chunks', 'HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a chunk without a size', chunked('\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with a sign', chunked('+5\r\nhello\r\n0\r\n\r\n')],
  ['a negative chunk size', chunked('-5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n')],
  ['a blank before a chunk size', chunked(' 5\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with a letter', chunked('5g\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size with a gap', chunked('1 0\r\nhello\r\n0\r\n\r\n')],
  ['a chunk size of 2^68', chunked(`1${'0'.repeat(17)}\r\nhello\r\n0\r\n\r\n`)],
  ['a chunk size of many zeros', chunked(`${'0'.repeat(20)}5\r\nhello\r\n0\r\n\r\n`)],
  ['a chunk size that ends with LF', chunked('5\nhello\r\n0\r\n\r\n')],
  ['a chunk size that ends with CR', chunked('5\rhello\r\n0\r\n\r\n')],
  ['a NUL in a chunk extension', chunked('5;a=\0\r\nhello\r\n0\r\n\r\n')],
  ['an LF in a chunk extension', chunked('5;a\nb\r\nhello\r\n0\r\n\r\n')],
  ['a chunk extension of 5 KB', chunked(`5;${'a'.repeat(5_000)}\r\nhello\r\n0\r\n\r\n`)],
  ['a chunk that is longer than its size', chunked('4\r\nhello\r\n0\r\n\r\n')],
  ['a chunk that ends with LF', chunked('5\r\nhello\n0\r\n\r\n')],
  ['a chunk that ends with CR alone', chunked('5\r\nhello\r0\r\n\r\n')],
  ['a last chunk with data', chunked('0\r\nXX\r\n\r\n')],
  ['a folded trailer', chunked('0\r\n x: y\r\n\r\n')],
  ['a trailer without a colon', chunked('0\r\nxy\r\n\r\n')],
  ['a trailer with a NUL', chunked('0\r\nx: \0\r\n\r\n')],
  ['a trailer that ends with LF', chunked('0\r\nx: y\n\r\n')],
  ['20 KB of trailers', chunked(`0\r\n${`x: ${'y'.repeat(100)}\r\n`.repeat(200)}\r\n`)],
  ['a head of 100 KB', `${OK}x-a: ${'x'.repeat(100_000)}\r\n\r\n`],
  ['a head of 300 lines', `${OK}${'x-a: b\r\n'.repeat(300)}\r\n`],
  ['2 MB of interim answers', `HTTP/1.1 103 Hints\r\nx: ${'y'.repeat(1_000)}\r\n\r\n`.repeat(2_000)],
]

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
    maxLength: 300,
    unit: fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code)),
  }),
  fc.constantFrom('', ';a', ';a="b;c"', ' ;x=y', '\t'),
  fc.boolean(),
)
const frame = ([data, extension, isUpper]: [string, string, boolean]) => {
  const size = data.length.toString(16)
  return `${isUpper ? size.toUpperCase() : size}${extension}\r\n${data}\r\n`
}

test('chunks of any bytes come out whole and uncopied, however they are cut', () => {
  fc.assert(
    fc.property(
      fc.array(CHUNK, { maxLength: 8 }),
      fc.array(fc.nat(4_000), { maxLength: 12 }),
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
        expect(heard.views).not.toContain(-1)
      },
    ),
    { numRuns: 500 },
  )
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
