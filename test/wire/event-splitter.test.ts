import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { EventSplitter, MAX_EVENT_BYTES } from '../../src/wire/event-splitter'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))

function split(chunks: Uint8Array[]): {
  pieces: Uint8Array[]
  splitter: EventSplitter
  rest: string | undefined
} {
  const pieces: Uint8Array[] = []
  const splitter = new EventSplitter({ take: events => pieces.push(events) })
  for (const chunk of chunks) splitter.push(chunk)
  const rest = splitter.flush()
  return { pieces, splitter, rest: rest && Buffer.from(rest).toString() }
}

test('a chunk of whole events is handed on as the same array', () => {
  for (const text of ['data: 1\n\n', 'data: 1\n\ndata: 2\n\n', 'data: 1\r\n\r\n', ': comment\n\n', '\n\n']) {
    const chunk = bytes(text)
    const { pieces, splitter } = split([chunk])
    expect([pieces.length, Object.is(pieces[0], chunk), splitter.pending]).toEqual([1, true, 0])
  }
})

test('of a chunk that ends inside an event the whole events are handed on in its own buffer', () => {
  const chunk = bytes('data: 1\n\ndata: 2\n\ndata: 3')
  const pieces: Uint8Array[] = []
  const splitter = new EventSplitter({ take: events => pieces.push(events) })
  splitter.push(chunk)
  expect(Buffer.from(pieces[0]!).toString()).toBe('data: 1\n\ndata: 2\n\n')
  expect(pieces[0]!.buffer).toBe(chunk.buffer)
  expect(splitter.pending).toBe('data: 3'.length)
  splitter.push(bytes('\n'))
  expect(pieces).toHaveLength(1)
  splitter.push(bytes('\ndata: 4\n\n'))
  expect(pieces.slice(1).map(piece => Buffer.from(piece).toString())).toEqual(['data: 3\n\n', 'data: 4\n\n'])
})

test('what an ended stream left behind gets its blank line; line ends alone are nothing', () => {
  expect(split([bytes('data: 1\n\ndata: 2')]).rest).toBe('data: 2\n\n')
  expect(split([bytes('data: 2\n')]).rest).toBe('data: 2\n\n')
  expect(split([bytes('data: 2\r\n')]).rest).toBe('data: 2\n\n')
  for (const text of ['', '\n', '\r\n', 'data: 1\n\n', 'data: 1\n\n\n'])
    expect(split([bytes(text)]).rest).toBeUndefined()
})

test('empty reads change nothing, also inside a blank line', () => {
  const chunks = ['data: 1\r\n', '', '', '', '\r\n', '', 'data: 2\n', '', '', '', '\n', ''].map(bytes)
  const { pieces, rest } = split(chunks)
  expect(pieces.map(piece => Buffer.from(piece).toString())).toEqual(['data: 1\r\n\r\n', 'data: 2\n\n'])
  expect(rest).toBeUndefined()
})

test('an unfinished event may grow to 1 MiB and no further', () => {
  const splitter = new EventSplitter({ take: () => {} })
  expect(splitter.push(new Uint8Array(MAX_EVENT_BYTES).fill(120))).toBe(true)
  expect(splitter.push(bytes('x'))).toBe(false)
})

const LINES = ['data: 1', ': c', 'data: {"a":"\\n\\n"}', 'data: 世界😀', 'id: 1', '']
const texts = fc
  .array(fc.tuple(fc.constantFrom(...LINES), fc.constantFrom('\n', '\r\n', '\n\n', '\r\n\r\n', '\n\r\n')), {
    maxLength: 12,
  })
  .map(lines => lines.flat().join(''))

test('every byte arrives once and in order, and every piece ends where an event ends', () => {
  const property = fc.property(texts, fc.array(fc.nat(200), { maxLength: 20 }), (text, cuts) => {
    const all = Buffer.from(text)
    const edges = [...cuts.filter(cut => cut <= all.length), all.length].toSorted((a, b) => a - b)
    const chunks = edges.map((edge, index) =>
      bytes(all.subarray(edges[index - 1] ?? 0, edge).toString('latin1')),
    )
    const given = Buffer.concat(chunks)
    const pieces: Uint8Array[] = []
    const splitter = new EventSplitter({ take: events => pieces.push(events) })
    for (const chunk of chunks) splitter.push(chunk)
    const handed = Buffer.concat(pieces)
    expect(given.subarray(0, handed.length).equals(handed)).toBe(true)
    expect(given.length - handed.length).toBe(splitter.pending)
    for (const piece of pieces) expect(Buffer.from(piece).toString('latin1')).toMatch(/\n\r?\n$/)
    expect(given.subarray(handed.length).toString('latin1')).not.toMatch(/\n\r?\n/)
  })
  fc.assert(property, { numRuns: 500 })
})
