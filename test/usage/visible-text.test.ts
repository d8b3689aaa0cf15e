import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { VisibleText } from '../../src/usage/visible-text'

const event = (data: object | string) =>
  Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
const delta = (value: object, index = 0) => event({ choices: [{ index, delta: value }] })

function read(...events: Uint8Array[]): string[] {
  const text = new VisibleText()
  for (const each of events) text.add(each)
  return text.read()
}

/** The same, as a meter does it that takes every event for one of text alone, once it was seen that it may be. */
function readAlike(...events: Uint8Array[]): string[] {
  const text = new VisibleText()
  for (const each of events) {
    if (text.take(each)) continue
    if (text.isLearning) text.learn(each, each)
    text.add(each)
  }
  return text.read()
}

test('puts the deltas of an answer together, whatever they were cut into', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 20 }), { maxLength: 50 }), pieces => {
      const whole = pieces.join('')
      expect(read(...pieces.map(content => delta({ content })))).toEqual(whole === '' ? [] : [whole])
    }),
  )
})

test('keeps the choices apart that come interleaved', () => {
  const events = ['a', 'b', 'c'].flatMap(word => [
    delta({ content: word }, 0),
    delta({ content: word.toUpperCase() }, 1),
  ])
  expect(read(...events)).toEqual(['abc', 'ABC'])
})

test('a call’s name and its arguments are a text each, and so is each call', () => {
  const call = (index: number, fn: object) => delta({ tool_calls: [{ index, function: fn }] })
  const events = [
    call(0, { name: 'weather', arguments: '' }),
    call(0, { arguments: '{"ci' }),
    call(1, { name: 'time', arguments: '{}' }),
    call(0, { arguments: 'ty":1}' }),
  ]
  expect(read(...events)).toEqual(['weather', '{"city":1}', 'time', '{}'])
})

test('reasoning and refusals are texts of their own', () => {
  const events = [
    delta({ reasoning_content: 'thi' }),
    delta({ reasoning_content: 'nk' }),
    delta({ content: 'say' }),
    delta({ refusal: 'no' }),
  ]
  expect(read(...events)).toEqual(['think', 'say', 'no'])
})

test('reasoning that a vendor says under two names is one text', () => {
  const events = ['thi', 'nk'].map(piece => delta({ reasoning_content: piece, reasoning: piece }))
  expect(read(...events)).toEqual(['think'])
  expect(read(delta({ reasoning: 'thi' }), delta({ reasoning: 'nk' }))).toEqual(['think'])
})

test('what is no delta is passed over', () => {
  const events = [
    event('[DONE]'),
    event('{'),
    Buffer.from(': comment\n\n'),
    event({ choices: null }),
    event({
      choices: [null, 5, { delta: null }, { delta: { content: 7, tool_calls: [null, { function: 1 }] } }],
    }),
    event({ usage: {} }),
  ]
  expect(read(...events)).toEqual([])
})

test('reads on after it was read, and many events in one array', () => {
  const text = new VisibleText()
  text.add(Buffer.concat([delta({ content: 'a' }), delta({ content: 'b' })]))
  expect(text.read()).toEqual(['ab'])
  text.add(delta({ content: 'c' }))
  expect(text.read()).toEqual(['abc'])
})

test('stops following an answer that no vendor gives', () => {
  const text = new VisibleText()
  const piece = delta({ content: 'x'.repeat(64 * 1024) })
  for (let at = 0; at < 200; at++) text.add(piece)
  const characters = text.read().join('').length
  expect(characters).toBeGreaterThanOrEqual(4 * 1024 * 1024)
  expect(characters).toBeLessThan(4.2 * 1024 * 1024)
})

test('reads the same text, whether events are taken for like ones or looked at one by one', () => {
  const pieces = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('\\', '"', '\n', '\ud83d', '\ude00'),
  )
  const kinds = fc.constantFrom(
    (piece: string) => delta({ content: piece }),
    (piece: string) => delta({ content: piece }, 1),
    (piece: string) => delta({ reasoning_content: piece }),
    (piece: string) => delta({ reasoning_content: piece, reasoning: piece }),
    (piece: string) => delta({ tool_calls: [{ index: 0, function: { arguments: piece } }] }),
    (piece: string) => delta({ content: piece, role: 'assistant' }),
    (piece: string) => event({ choices: [{ index: 0, text: piece }] }),
    (piece: string) =>
      Buffer.from(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: piece } }] })}\r\n\r\n`),
  )
  const runs = fc.array(fc.tuple(kinds, fc.array(pieces, { minLength: 1, maxLength: 12 })), { maxLength: 8 })
  fc.assert(
    fc.property(runs, told => {
      const events = told.flatMap(([kind, each]) => each.map(kind))
      expect(readAlike(...events)).toEqual(read(...events))
    }),
    { numRuns: 500 },
  )
})

test('a long text of like events is kept whole, and so is what comes between', () => {
  const words = Array.from({ length: 5_000 }, (_, at) => `word ${at}, "quoted" `)
  const events = words.flatMap((word, at) =>
    at % 1_000 === 500 ? [delta({ content: word }), delta({ refusal: '!' })] : [delta({ content: word })],
  )
  const huge = 'x'.repeat(40_000)
  expect(readAlike(...events, delta({ content: huge }), delta({ content: '.' }))).toEqual([
    `${words.join('')}${huge}.`,
    '!!!!!',
  ])
})

test('a piece that is no JSON string is counted as it was written', () => {
  const first = ['a', 'a', 'a', 'a', 'a'].map(content => delta({ content }))
  const broken = Buffer.from(delta({ content: 'b' }).toString().replace('"b"', '"\\q"'))
  expect(readAlike(...first, broken)).toEqual(['aaaaa\\q'])
})

test('follows no text beyond the bound, like events or not', () => {
  const piece = delta({ content: 'x'.repeat(8 * 1024) })
  const characters = readAlike(...Array.from({ length: 800 }, () => piece)).join('').length
  expect(characters).toBeGreaterThanOrEqual(4 * 1024 * 1024)
  expect(characters).toBeLessThan(4.2 * 1024 * 1024)
})
