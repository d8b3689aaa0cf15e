import { expect, test } from 'bun:test'
import { compared, judge } from '../../bench/verdict.ts'

test('meets a bar that no quartile crosses', () => {
  expect(judge({ median: 2, low: 1.9, high: 2.1 }, 3)).toBe('met')
  expect(judge({ median: 3, low: 3, high: 3 }, 3)).toBe('met')
})

test('says when the rounds lie on both sides of the bar', () => {
  expect(judge({ median: 2.9, low: 2.7, high: 3.2 }, 3)).toBe('met, close')
  expect(judge({ median: 3.1, low: 2.9, high: 3.3 }, 3)).toBe('missed, close')
})

test('misses a bar that every quartile is over', () => {
  expect(judge({ median: 4, low: 3.5, high: 5 }, 3)).toBe('missed')
})

test('does not call an unmeasured value met', () => {
  expect(judge({ median: Number.NaN, low: Number.NaN, high: Number.NaN }, 3)).toBe('unmeasured')
})

test('compares round by round, so that a slow round of both changes nothing', () => {
  expect(compared('ratio', [20, 60, 22], [10, 30, 11], []).median).toBe(2)
  expect(compared('added', [5, 9], [], [4, 8])).toEqual({ median: 1, low: 1, high: 1 })
  expect(compared('plain', [3, 1, 2], [9, 9, 9], []).median).toBe(2)
})

test('has no ratio without nginx', () => {
  expect(compared('ratio', [20, 60], [], []).median).toBeNaN()
})
