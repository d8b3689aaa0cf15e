import { expect, test } from 'bun:test'
import { isSteady, untilSteady, type Window } from '../../bench/warm-up.ts'

const windows = (...us: number[]): Window[] => us.map(each => ({ us: each, compiles: 0 }))

test('a process is warm when two windows in a row were no cheaper than those before them', () => {
  expect(isSteady(windows())).toBe(false)
  expect(isSteady(windows(90, 90))).toBe(false)
  expect(isSteady(windows(90, 60, 50))).toBe(false)
  expect(isSteady(windows(90, 60, 50, 51))).toBe(false)
  expect(isSteady(windows(90, 60, 50, 51, 50))).toBe(true)
  expect(isSteady(windows(90, 60, 50, 70, 49))).toBe(true)
  expect(isSteady(windows(90, 60, 50, 70, 48))).toBe(false)
})

test('and when it makes no more machine code, however little cheaper it becomes', () => {
  const [first, ...rest] = windows(50, 50, 50)
  expect(isSteady([first!, ...rest.map(each => ({ ...each, compiles: 0.02 }))])).toBe(true)
  for (const at of [0, 1])
    expect(isSteady([first!, ...rest.with(at, { us: 50, compiles: 0.03 })])).toBe(false)
})

test('it is loaded three times at least, and 20 at most', async () => {
  let loads = 0
  await untilSteady(process.pid, async () => ++loads)
  expect(loads).toBeGreaterThanOrEqual(3)
  expect(loads).toBeLessThanOrEqual(20)
})

test('one that cannot be seen is loaded once', async () => {
  let loads = 0
  await untilSteady(undefined, async () => ++loads)
  expect(loads).toBe(1)
})
