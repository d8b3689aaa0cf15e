import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { readAnswer } from '../../src/wire/chat-answer'
import { JsonReader } from '../../src/wire/json-reader'
import { splice } from '../../src/wire/splice'

const bytes = (text: string) => Uint8Array.from(Buffer.from(text))

/** The members of the outermost object, decoded one by one from their spans. */
function members(text: string): Record<string, unknown> {
  const reader = new JsonReader(bytes(text))
  const found: [string, unknown][] = []
  reader.object(key => void found.push([key, reader.value(reader.skip())]))
  reader.finish()
  return Object.fromEntries(found)
}

test('the spans of any JSON object hold the values that JSON.parse gives, however it is spaced', () => {
  const property = fc.property(
    fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()),
    fc.constantFrom('', ' ', '\t\n'),
    (object, space) => {
      const text = JSON.stringify(object, null, space)
      const parsed = JSON.parse(text) as Record<string, unknown>
      expect(members(text)).toEqual(Object.fromEntries(Object.entries(parsed)))
    },
  )
  fc.assert(property, { numRuns: 300 })
})

test('text with one byte taken out or put in is read exactly when JSON.parse reads it', () => {
  const mutated = fc
    .tuple(
      fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 }),
      fc.nat(),
      fc.constantFrom('', ',', ':', '{', '}', '[', '0', '-', 'e', 't'),
    )
    .map(([object, at, extra]) => {
      const text = JSON.stringify(object)
      const place = at % (text.length + 1)
      return extra === ''
        ? text.slice(0, place) + text.slice(place + 1)
        : text.slice(0, place) + extra + text.slice(place)
    })
  const property = fc.property(mutated, text => {
    let parsed: unknown
    try {
      parsed = JSON.parse(text)
    } catch {
      expect(() => members(text)).toThrow()
      return
    }
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      expect(() => members(text)).not.toThrow()
  })
  fc.assert(property, { numRuns: 1_000 })
})

test('a long string ends at its own quote, whatever number of backslashes stands before it', () => {
  for (let slashes = 0; slashes < 6; slashes++) {
    const value = `${'x'.repeat(40)}${'\\'.repeat(slashes)}"${'y'.repeat(40)}`
    expect(members(JSON.stringify({ value, after: 1 }))).toEqual({ value, after: 1 })
  }
})

test('a long string of quotes and backslashes, near to each other and far, ends where JSON.parse ends it', () => {
  const piece = fc.oneof(
    fc.constantFrom('"', '\\', '\n', '\\"', 'é'),
    fc.nat(140).map(length => 'x'.repeat(length)),
  )
  const property = fc.property(fc.array(piece, { maxLength: 60 }), pieces => {
    const value = 'x'.repeat(30) + pieces.join('')
    expect(members(JSON.stringify({ value, after: 1 }))).toEqual({ value, after: 1 })
    expect(() => members(JSON.stringify({ value }).slice(0, -2))).toThrow('not valid JSON')
  })
  fc.assert(property, { numRuns: 200 })
})

test('nesting is read to 128 levels and refused beyond', () => {
  const nested = (levels: number) => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`
  expect(() => members(nested(127))).not.toThrow()
  expect(() => members(nested(128))).toThrow('nested deeper')
  expect(() => members(nested(100_000))).toThrow('nested deeper')
})

test('edits are made in their places, in whatever order they are given; none gives the same array', () => {
  const text = bytes('0123456789')
  const edited = splice(text, [
    { start: 8, end: 10, text: 'é' },
    { start: 2, end: 2, text: 'in' },
    { start: 4, end: 6, text: '' },
  ])
  expect(Buffer.from(edited).toString()).toBe('01in2367é')
  expect(splice(text, [])).toBe(text)
})

test('where an answer’s usage stands is known from the same walk, also behind an escaped key', () => {
  for (const key of ['usage', 'us\\u0061ge']) {
    const text = `{"choices":[{"usage":{"x":1}}],"${key}" : {"é":1} ,"z":[]}`
    const { start, end } = readAnswer(bytes(text))!.usageSpan!
    expect(Buffer.from(bytes(text)).subarray(start, end).toString()).toBe('{"é":1}')
  }
  expect(readAnswer(bytes('{"choices":[{"usage":{}}]}'))!.usageSpan).toBeUndefined()
})

test('an answer’s model, finish and usage are read; what is none is undefined', () => {
  const answer = readAnswer(
    bytes(
      '{"model":"m-1","choices":[{"message":{"content":"\\"finish_reason\\":\\"x\\""},"finish_reason" : "stop"}],"usage":{"a":1}}',
    ),
  )
  expect(answer).toMatchObject({ model: 'm-1', finishReason: 'stop', usage: { a: 1 } })
  expect(readAnswer(bytes('{"choices":[]}'))).toMatchObject({
    model: undefined,
    finishReason: null,
    usage: undefined,
  })
  for (const text of ['', '[]', '{}', '{"choices":[]', '{"choices":[]} x', '{"choices":[01]}', 'null'])
    expect(readAnswer(bytes(text))).toBeUndefined()
})

test('keys that look alike are told apart, however often each was met', () => {
  const text = '{"alpha":1,"aleha":2,"al\\u0070xa":3,"aélha":4,"alpha ":5,"":6,"a":7}'
  for (let time = 0; time < 3; time++) expect(members(text)).toEqual(JSON.parse(text))
})
