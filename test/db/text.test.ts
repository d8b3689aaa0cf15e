import { expect, test } from 'bun:test'
import { arrayLiteral, cleanJson, cleanJsonText, cleanText } from '../../src/db/text'

test('a clean text stays itself', () => {
  for (const text of ['', 'acme', 'é \u{1f600} "\\']) expect(cleanText(text)).toBe(text)
})

test('NUL and half surrogates become the replacement character', () => {
  expect(cleanText('a\0b\ud800c\udc00')).toBe('a\ufffdb\ufffdc\ufffd')
})

test('JSON is cleaned in its strings, not in its escapes', () => {
  expect(cleanJson({ a: ['\0', '\\u0000'], n: 1, none: null })).toBe(
    '{"a":["\ufffd","\\\\u0000"],"n":1,"none":null}',
  )
  expect(cleanJson({ 'a\0': { '\udc00': 1 } })).toBe('{"a\ufffd":{"\ufffd":1}}')
})

test('JSON that is written already is cleaned alike, and else left as it stands', () => {
  expect(cleanJsonText('["\\u0000", "\\\\u0000"]')).toBe('["\ufffd","\\\\u0000"]')
  expect(cleanJsonText('[1,  "acme"]')).toBe('[1,  "acme"]')
})

const literal = (values: (string | number | bigint | boolean | null | undefined)[]) =>
  arrayLiteral(values, value => value)

test('an array literal quotes texts, so that none is taken for NULL or ends the array', () => {
  expect(literal(['NULL', null, undefined, '', '}', '"', '\\', 1, 2n, 0.5, true])).toBe(
    '{"NULL",NULL,NULL,"","}","\\"","\\\\",1,2,0.5,true}',
  )
  expect(literal([])).toBe('{}')
})

test('an array literal leaves out the NULLs at its end, and repeats a text as it stands', () => {
  expect(literal(['a"', 'a"', null, 'b', null, undefined])).toBe('{"a\\"","a\\"",NULL,"b"}')
  expect(literal([null, null])).toBe('{}')
})
