import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { MAX_EVENT_BYTES } from '../../src/wire/event-splitter'
import { SseParser } from '../../src/wire/sse-parser'

type Event = [name: string | null, data: string]

/** The events of these pieces, and whether the parser still went along after the last one. */
function parse(pieces: Iterable<Uint8Array>): { events: Event[]; goesOn: boolean } {
  const events: Event[] = []
  const parser = new SseParser((name, data) => events.push([name, data]))
  let goesOn = true
  for (const piece of pieces) goesOn = parser.push(piece)
  parser.end()
  return { events, goesOn }
}

const eventsOf = (text: string) => parse([Buffer.from(text)]).events
const cut = (bytes: Uint8Array, size: number) =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )

const CASES: [name: string, text: string, events: Event[]][] = [
  [
    'LF',
    'data: a\n\ndata: b\n\n',
    [
      [null, 'a'],
      [null, 'b'],
    ],
  ],
  [
    'CRLF',
    'event: x\r\ndata: a\r\n\r\ndata: b\r\n\r\n',
    [
      ['x', 'a'],
      [null, 'b'],
    ],
  ],
  [
    'CR',
    'event: x\rdata: a\r\rdata: b\r\r',
    [
      ['x', 'a'],
      [null, 'b'],
    ],
  ],
  [
    'line ends that change',
    'data: a\r\n\ndata: b\r\rdata: c\n\r\n',
    [
      [null, 'a'],
      [null, 'b'],
      [null, 'c'],
    ],
  ],
  ['a byte order mark', '\ufeffdata: a\n\n', [[null, 'a']]],
  [
    'no space, and two of which one counts',
    'data:a\n\ndata:  b\n\n',
    [
      [null, 'a'],
      [null, ' b'],
    ],
  ],
  ['several lines of data', 'data: {\ndata: "a":1}\n\n', [[null, '{\n"a":1}']]],
  ['comments, ids and retries', ': hi\n\nid: 4\nretry: 5\ndata: a\n: on\n\n', [[null, 'a']]],
  ['blank lines before, between and after', '\n\n\ndata: a\n\n\n\n', [[null, 'a']]],
  [
    'no blank line at the end',
    'data: a\n\ndata: b',
    [
      [null, 'a'],
      [null, 'b'],
    ],
  ],
  ['an event without data, whose name is forgotten', 'event: ping\n\ndata: a\n\ndata:\n\n', [[null, 'a']]],
  ['a NUL in the data', 'data: a\0b\n\n', [[null, 'a\0b']]],
  ['a page of HTML', '<html>\n<body>502</body>\n</html>\n', []],
  ['JSON where events should be', '{"error":{"message":"no"}}', []],
]

test.each(CASES)('36: reads %s, wherever it is cut', (_name, text, events) => {
  const bytes = Buffer.from(text)
  expect(eventsOf(text)).toEqual(events)
  for (let size = 1; size <= bytes.length; size++) expect(parse(cut(bytes, size)).events).toEqual(events)
})

test('reads the same events however the lines end and the bytes are cut', () => {
  const field = fc.string({ unit: 'grapheme' }).map(text => text.replace(/[\r\n]/g, ''))
  const written = fc.record({
    name: fc.option(field),
    data: fc.array(field, { minLength: 1, maxLength: 3 }),
    comment: fc.boolean(),
    space: fc.constantFrom('', ' '),
  })
  const ends = fc.constantFrom('\n', '\r\n', '\r')
  fc.assert(
    fc.property(fc.array(written), ends, fc.array(fc.nat(40)), (list, end, cuts) => {
      const text = list
        .map(({ name, data, comment, space }) =>
          [
            ...(comment ? [': still there'] : []),
            ...(name === null ? [] : [`event: ${name}`]),
            // Without the space after the colon one that belongs to the text would be lost.
            ...data.map(line => `data:${line.startsWith(' ') ? ' ' : space}${line}`),
            '',
            '',
          ].join(end),
        )
        .join('')
      const bytes = Buffer.from(text)
      const pieces: Uint8Array[] = []
      let at = 0
      for (const size of cuts) {
        pieces.push(bytes.subarray(at, at + size))
        at += size
      }
      pieces.push(bytes.subarray(at))
      const expected = list
        .map(({ name, data }): Event => [name, data.join('\n')])
        .filter(([, data]) => data !== '')
      expect(parse(pieces).events).toEqual(expected)
    }),
  )
})

test('never throws on any bytes, and finds the same in one piece and in pieces', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (bytes, size) => {
      expect(parse(cut(bytes, size)).events).toEqual(parse([bytes]).events)
    }),
  )
})

test('an endless line is given up, its bytes one by one or in large pieces', () => {
  const piece = Buffer.alloc(64 * 1024, 'x')
  const parser = new SseParser(() => {})
  let taken = 0
  while (parser.push(piece)) taken += piece.length
  expect(taken).toBeLessThanOrEqual(MAX_EVENT_BYTES)

  const slow = new SseParser(() => {})
  const byte = Buffer.from('x')
  let count = 0
  while (slow.push(byte)) count++
  expect(count).toBe(MAX_EVENT_BYTES)
})

test('data lines without a blank line are given up as well', () => {
  const piece = Buffer.from(`data: ${'x'.repeat(1000)}\n`.repeat(64))
  const parser = new SseParser(() => {})
  let taken = 0
  while (parser.push(piece) && taken < 64 * MAX_EVENT_BYTES) taken += piece.length
  expect(taken).toBeLessThanOrEqual(MAX_EVENT_BYTES)
})

test('64 MB without a line end is one refusal, not an event', () => {
  const { events, goesOn } = parse(cut(Buffer.alloc(64 * 1024 * 1024, 'x'), 64 * 1024))
  expect(goesOn).toBe(false)
  expect(events).toEqual([])
})
