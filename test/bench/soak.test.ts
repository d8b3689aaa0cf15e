import { expect, test } from 'bun:test'
import { slope } from '../../bench/rows/soak.ts'

test('the slope of a line is its own, of noise about a level it is small, of a leak it is the leak', () => {
  expect(slope([3, 5, 7, 9])).toBeCloseTo(2)
  expect(slope([10, 11, 10, 11, 10, 11, 10])).toBeCloseTo(0, 1)
  expect(slope([100, 104, 103, 108, 109, 113])).toBeGreaterThan(2)
})
