import { expect, test } from 'bun:test'
import { estimateOutput, estimateText } from '../../src/usage/estimate'

test('the prompt is guessed by its size, rounded up', () => {
  expect([estimateText(0), estimateText(1), estimateText(400)]).toEqual([0, 1, 100])
})

test('the output is guessed by how many events of the first one’s size its bytes would make', () => {
  expect(estimateOutput(1000, 100)).toBe(10)
  expect(estimateOutput(30, 100)).toBe(1)
})

test('an answer whose content never came has no output', () => {
  expect(estimateOutput(5000, 0)).toBe(0)
})
