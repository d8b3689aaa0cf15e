import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { dataEvent, eventData, eventName, firstEventEnd, lastEventEnd } from '../../src/wire/sse'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))

const ENDS: [text: string, first: number, last: number][] = [
  ['', -1, 0],
  ['data: 1', -1, 0],
  ['data: 1\n', -1, 0],
  ['data: 1\n\n', 9, 9],
  ['data: 1\r\n\r\n', 11, 11],
  ['data: 1\n\r\n', 10, 10],
  ['data: 1\n\ndata: 2\n\nda', 9, 18],
  ['\n\n', 2, 2],
  ['\n\n\n', 2, 3],
  ['a\nb\n\nc\n', 5, 5],
]
for (const [text, first, last] of ENDS)
  test(`the first event of ${JSON.stringify(text)} ends at ${first}, the last at ${last}`, () => {
    expect([firstEventEnd(bytes(text)), lastEventEnd(bytes(text))]).toEqual([first, last])
  })

test('an event’s data is its data lines, joined', () => {
  const data = (text: string) => eventData(bytes(text))
  expect(data('data: a\n\n')).toBe('a')
  expect(data('data:a\n\n')).toBe('a')
  expect(data('data:  a\r\n\r\n')).toBe(' a')
  expect(data('event: x\nid: 1\ndata: a\ndata: b\n: c\n\n')).toBe('a\nb')
  expect(data(': comment\n\n')).toBe('')
  expect(data('database: 1\n\n')).toBe('')
  expect(data('data: a\u2028b\n\n')).toBe('a\u2028b')
})

test('an event of one data line is read as the general way reads it', () => {
  const pieces = fc.constantFrom(
    'data:',
    'data: ',
    '{"a":"é"}',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    ' ',
    'event: error',
    '\u2028',
    '',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 8 }), parts => {
      const text = parts.join('')
      // A comment before it says nothing, and takes the event off the short way.
      expect([eventData(bytes(text)), eventName(bytes(text))]).toEqual([
        eventData(bytes(`:\n${text}`)),
        eventName(bytes(`:\n${text}`)),
      ])
    }),
    { numRuns: 2_000 },
  )
})

test('an event is named by its event line alone', () => {
  const name = (text: string) => eventName(bytes(text))
  expect(name('event: error\ndata: {}\n\n')).toBe('error')
  expect(name('id: 1\r\nevent:error\r\ndata: {}\r\n\r\n')).toBe('error')
  expect(name('data: {"a":"event: error"}\n\n')).toBe('')
  expect(name('data: {"a":"x\u2028event: error"}\n\n')).toBe('')
})

test('wire 85: an event of ours is one data line in compact JSON', () => {
  expect(Buffer.from(dataEvent('{"error":{}}')).toString()).toBe('data: {"error":{}}\n\n')
})
