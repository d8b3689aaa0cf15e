import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { JsonCutter } from '../../../src/vendors/emulation/json-cutter'

function cut(parts: readonly string[], opening: '{' | '[' = '{'): string {
  const cutter = new JsonCutter(opening)
  return parts
    .flatMap(part => cutter.push(part))
    .map(({ text }) => text)
    .join('')
}

test('what a model says around its JSON is left out', () => {
  expect(cut(['Here it is:\n```json\n{"a":"}"}\n```\nI hope [that] helps {you}.'])).toBe('{"a":"}"}')
  expect(cut(['The list [1, {"a": "]"}] it is.'], '[')).toBe('[1, {"a": "]"}]')
  expect(cut(['no JSON at all'])).toBe('')
})

test('at every character split, it is the JSON', () => {
  const any = fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue())
  fc.assert(
    fc.property(any, value => {
      const json = JSON.stringify(value)
      expect(cut(`Sure:\n\`\`\`json\n${json}\n\`\`\` ok`.split(''))).toBe(json)
    }),
    { numRuns: 300 },
  )
})
