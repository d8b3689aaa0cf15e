import { expect, test } from 'bun:test'
import { readDirectives } from '../../src/demo/directives'

test('reads every directive wherever it stands in the text', () => {
  const text =
    'please demo:error=429, demo:truncate demo:slow=2s demo:pause demo:pace=5ms demo:tokens=12 demo:cached=3'
  expect(readDirectives(text)).toEqual({
    error: '429',
    truncate: true,
    slowMs: 2000,
    pauseMs: 30_000,
    paceMs: 5,
    tokens: 12,
    cached: 3,
  })
  expect(readDirectives('pace:0ms').paceMs).toBe(0)
})

test('takes what is no directive, or out of bounds, for plain text', () => {
  const nothing = readDirectives('')
  for (const text of [
    'demo:error=200',
    'demo:error=4290',
    'demo:error=',
    'demo:pace=fast',
    'demo:tokens=-1',
    'pace 5ms',
  ])
    expect(readDirectives(text)).toEqual(nothing)
  expect(readDirectives('demo:slow=9999999s').slowMs).toBe(3_600_000)
  expect(readDirectives('demo:tokens=999999').tokens).toBe(16_384)
})
