import { expect, test } from 'bun:test'
import { paired, quantile, spread } from '../../bench/statistics.ts'

test('interpolates between two samples', () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5)
  expect(quantile([10, 20], 0.25)).toBe(12.5)
  expect(quantile([7], 0.99)).toBe(7)
})

test('takes the ends of the list at 0 and 1', () => {
  expect(quantile([1, 5, 9], 0)).toBe(1)
  expect(quantile([1, 5, 9], 1)).toBe(9)
})

test('has no quantile of nothing', () => {
  expect(quantile([], 0.5)).toBeNaN()
  expect(spread([]).median).toBeNaN()
})

test('sorts by value, not by text, and leaves unmeasured rounds out', () => {
  expect(spread([100, 9, Number.NaN, 20])).toEqual({ median: 20, low: 14.5, high: 60 })
})

test('pairs rounds by their number, and a missing partner gives no value', () => {
  expect(paired([10, 20, 30], [5, 4], (a, b) => a / b)).toEqual([2, 5, Number.NaN])
})
