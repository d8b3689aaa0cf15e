import { expect, test } from 'bun:test'
import { PromptCache } from '../../src/demo/prompt-cache'

const words = (count: number, word = 'abc') => `${word} `.repeat(count).trimEnd()

test('a prompt of 1,024 tokens or more is cached the second time, in steps of 128', () => {
  const cache = new PromptCache()
  expect(cache.take(words(1500))).toBe(0)
  expect(cache.take(words(1500))).toBe(1408)
  expect(cache.take(`${words(1300)} and then something else`)).toBe(1280)
})

test('a short prompt, and one that begins otherwise, is never cached', () => {
  const cache = new PromptCache()
  cache.take(words(1500))
  expect(cache.take(words(1023))).toBe(0)
  expect(cache.take(words(1500, 'xyz'))).toBe(0)
  expect(cache.take(`x ${words(1500)}`)).toBe(0)
})

test('forgets the oldest prompts rather than grow', () => {
  const cache = new PromptCache()
  cache.take(words(1024, 'first'))
  for (let index = 0; index < 20_000; index++) cache.take(words(1024, `w${index}`.slice(0, 6)))
  expect(cache.take(words(1024, 'first'))).toBe(0)
  expect(cache.take(words(1024, 'w9999'))).toBe(1024)
}, 60_000)
