import { expect, test } from 'bun:test'
import { estimateUsage } from '../../src/usage/estimate'

test('the prompt is guessed by its size, rounded up', () => {
  expect(estimateUsage(1, 0, 0)).toMatchObject({ inputTokens: 1, outputTokens: 0 })
  expect(estimateUsage(400, 0, 0)).toMatchObject({ inputTokens: 100, outputTokens: 0 })
})

test('the output is guessed by how many events of the first one’s size its bytes would make', () => {
  expect(estimateUsage(0, 1000, 100).outputTokens).toBe(10)
  expect(estimateUsage(0, 30, 100).outputTokens).toBe(1)
})

test('an answer whose content never came has no output', () => {
  expect(estimateUsage(8, 5000, 0)).toMatchObject({ inputTokens: 2, outputTokens: 0 })
})

test('nothing else is guessed', () => {
  const { inputTokens, outputTokens, ...rest } = estimateUsage(4, 4, 4)
  expect([inputTokens, outputTokens]).toEqual([1, 1])
  expect(Object.values(rest).every(count => count === 0)).toBe(true)
})
