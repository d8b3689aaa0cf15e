import { expect, test } from 'bun:test'
import { arrayLiteral, cleanJson, cleanText } from '../../src/db/text'

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
})

test('an array literal quotes texts, so that none is taken for NULL or ends the array', () => {
  expect(arrayLiteral(['NULL', null, undefined, '', '}', '"', '\\', 1, 2n, 0.5, true])).toBe(
    '{"NULL",NULL,NULL,"","}","\\"","\\\\",1,2,0.5,true}',
  )
  expect(arrayLiteral([])).toBe('{}')
})
