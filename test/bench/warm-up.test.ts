import { expect, test } from 'bun:test'
import { untilSteady } from '../../bench/warm-up.ts'

const spend = (ms: number) => {
  const end = process.cpuUsage().user + ms * 1000
  while (process.cpuUsage().user < end);
}

test('a process is loaded until two windows in a row were no cheaper than those before them', async () => {
  const costsMs = [200, 100, 50, 50, 50, 50]
  let windows = 0
  await untilSteady(process.pid, async () => {
    spend(costsMs[windows++] ?? 50)
    return 1
  })
  expect(windows).toBeGreaterThanOrEqual(5)
  expect(windows).toBeLessThan(20)
})

test('one that cannot be seen is loaded once', async () => {
  let windows = 0
  await untilSteady(undefined, async () => ++windows)
  expect(windows).toBe(1)
})
