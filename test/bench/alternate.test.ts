import { expect, test } from 'bun:test'
import { alternate } from '../../bench/alternate'

test('two sides take turns, each first every other time, and their sums are compared', async () => {
  const order: string[] = []
  const found = await alternate(['a', 'b'], 3, async side => {
    order.push(side)
    return side === 'a' ? { cpuUs: 100 * order.length, requests: 10 } : { cpuUs: 50, requests: 5 }
  })
  expect(order.join('')).toBe('abbaab')
  expect(found).toEqual([(100 + 400 + 500) / 30, 10])
})
