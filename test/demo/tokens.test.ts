import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { countTokens, tokenEnds, tokenize } from '../../src/demo/tokens'

test('tokens are the text again when joined, and none is half a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text => {
      const tokens = tokenize(text)
      expect(tokens.join('')).toBe(text)
      for (const token of tokens) expect(token.isWellFormed()).toBe(true)
      expect(countTokens(text)).toBe(tokens.length)
      expect([...tokenEnds(text)].length).toBe(tokens.length)
    }),
  )
})

test('a word of up to six letters is a token with the blank before it', () => {
  expect(tokenize('The tokenizer cuts. ')).toEqual(['The', ' tokeni', 'zer', ' cuts.', ' '])
  expect(tokenize('')).toEqual([])
})
