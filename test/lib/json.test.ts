import { expect, test } from 'bun:test'
import { parseJson, parseObject } from '../../src/lib/json'

test.each([
  ['{"a":1}', { a: 1 }, { a: 1 }],
  ['[1]', [1], undefined],
  ['null', null, undefined],
  ['"text"', 'text', undefined],
  ['{"a":', undefined, undefined],
  ['', undefined, undefined],
])('%j is one value, and an object or none', (text, value, object) => {
  expect(parseJson(text)).toEqual(value)
  expect(parseObject(text)).toEqual(object)
})
