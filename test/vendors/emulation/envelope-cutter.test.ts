import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { EnvelopeCutter } from '../../../src/vendors/emulation/envelope-cutter'

/** What is told of these parts, words joined, and which parts told some. */
function cut(parts: readonly string[]) {
  const cutter = new EnvelopeCutter()
  const pushed = parts.map(part => cutter.push(part))
  const pieces = [...pushed.flat(), ...cutter.end(false)]
  return {
    words: pieces
      .filter(({ kind }) => kind === 'text')
      .map(({ text }) => text)
      .join(''),
    calls: pieces.filter(({ kind }) => kind === 'call').map(({ text }) => text),
    early: pushed
      .flat()
      .map(({ text }) => text)
      .join(''),
  }
}

test('words are handed on as they come', () => {
  expect(cut(['{"type":', '"text","text":"Hel', 'lo \\u00e9', '!"}']).early).toBe('Hello é!')
})

test('calls are told when they are there, as they were written', () => {
  const call = '{"name":"pay","arguments":{"id":12345678901234567890,"sum":1.10}}'
  expect(cut([`{"type":"tool_calls","calls":[${call}, {"name":"f","arguments":{}}]}`])).toEqual({
    words: '',
    calls: [call, '{"name":"f","arguments":{}}'],
    early: '',
  })
})

test('an answer that is JSON is handed on as it was written', () => {
  expect(cut(['{"type":"json","json":{"n":1.50}}'])).toMatchObject({ words: '{"n":1.50}', calls: [] })
})

test('an envelope in a fence, in another order or with a comma too many is opened', () => {
  expect(cut(['```json\n{"text":"Hi","type":"text"}\n```']).words).toBe('Hi')
  expect(cut(['{"type":"tool_calls","calls":[{"name":"f","arguments":{},},]}']).calls).toEqual([
    '{"name":"f","arguments":{}}',
  ])
  expect(cut(['{"text":"Hi"}']).words).toBe('Hi')
  expect(cut(['{"calls":[{"name":"f","arguments":{}}]}']).calls).toHaveLength(1)
  expect(cut(['{"name":"f","arguments":{"a":1}}']).calls).toEqual(['{"name":"f","arguments":{"a":1}}'])
})

test('what is no envelope is words', () => {
  expect(cut(['I would ', 'rather talk.']).words).toBe('I would rather talk.')
  expect(cut(['{"type":"poem","lines":[]}']).words).toBe('{"type":"poem","lines":[]}')
})

const anyWords = fc.string({ unit: 'grapheme', maxLength: 40 })
/** The same text in any of JSON's spellings. */
const spelt = fc
  .tuple(anyWords, fc.boolean(), fc.constantFrom('', ' ', '\n  '))
  .map(([words, escaped, space]) => {
    const inside = JSON.stringify(words)
    const text = escaped
      ? inside.replaceAll(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      : inside
    return { words, json: `${space}{${space}"type"${space}:${space}"text",${space}"text":${text}${space}}` }
  })

test('at every character split, words are the words that were said', () => {
  fc.assert(
    fc.property(spelt, ({ words, json }) => {
      expect(cut([json]).words).toBe(words)
      expect(cut(json.split('')).words).toBe(words)
    }),
    { numRuns: 500 },
  )
})

test('of words no more is held back than an escape is long', () => {
  fc.assert(
    fc.property(spelt, ({ words, json }) => {
      const cutter = new EnvelopeCutter()
      let told = ''
      for (const character of json.split('')) for (const { text } of cutter.push(character)) told += text
      // All but the closing brace has come: nothing waits for it.
      expect(told).toBe(words)
    }),
    { numRuns: 200 },
  )
})
