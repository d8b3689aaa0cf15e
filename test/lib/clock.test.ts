import { expect, test } from 'bun:test'
import { systemClock } from '../../src/lib/clock'

test('the clock for durations goes on by itself and never back', async () => {
  const times: number[] = []
  for (let index = 0; index < 1_000; index++) times.push(systemClock.now())
  expect([...times].sort((a, b) => a - b)).toEqual(times)
  await Bun.sleep(20)
  expect(systemClock.now() - (times.at(-1) ?? 0)).toBeGreaterThan(15)
})

test('the clock for records is the wall’s', () => {
  expect(Math.abs(systemClock.date() - Date.now())).toBeLessThan(100)
})
