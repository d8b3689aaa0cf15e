import { expect, test } from 'bun:test'
import { availableParallelism, totalmem } from 'node:os'
import { memoryLimitBytes } from '../../src/boot/memory-room'

test('a lone process may take all, workers and their parent take alike', () => {
  expect(memoryLimitBytes(1, false, 900)).toBe(900)
  expect(memoryLimitBytes(2, true, 900)).toBe(300)
  expect(memoryLimitBytes('auto', true, 900)).toBe(Math.floor(900 / (1 + availableParallelism())))
})

test('all is no more than the machine has', () => {
  const all = memoryLimitBytes(1, false)
  expect(all).toBeGreaterThan(64 * 1024 * 1024)
  expect(all).toBeLessThanOrEqual(totalmem())
})
