import { expect, test } from 'bun:test'
import { assertActive } from '../../src/auth/caller'
import { FollowedClock } from '../../src/lib/followed-clock'
import { anyCaller } from '../auth/any-caller'

const T = 1_790_000_000_000

/** A machine whose date is wrong by so much, and the moment that it really is. */
function machine(wrongByMs: number) {
  const real = { date: T }
  return {
    real,
    clock: new FollowedClock({ now: () => real.date - T + 7, date: () => real.date + wrongByMs }),
  }
}

for (const wrongByMs of [-60_000, 60_000, -3_600_000])
  test(`T72 on a machine whose clock is ${wrongByMs / 1_000} s off a key ends when it ends by the database’s`, () => {
    const { real, clock } = machine(wrongByMs)
    clock.hear(real.date, 0)
    const key = anyCaller('k', { expiresAt: T + 5_000 })
    real.date = T + 4_999
    expect(() => assertActive(key, clock.date())).not.toThrow()
    real.date = T + 5_000
    expect(() => assertActive(key, clock.date())).toThrow(expect.objectContaining({ code: 'key_expired' }))
    expect(clock.now()).toBe(5_007)
  })

test('a clock that keeps time is its own, however long answers take', () => {
  const { real, clock } = machine(0)
  for (const [off, tripMs] of [
    [0, 0],
    [250, 0],
    [-250, 0],
    [-500, 1_000],
    [-400, 400],
  ] as const) {
    clock.hear(real.date + off, tripMs)
    expect([off, tripMs, clock.offsetMs]).toEqual([off, tripMs, 0])
  }
})

test('a date that was long under way says nothing, one that comes soon is believed', () => {
  const { real, clock } = machine(-60_000)
  clock.hear(real.date, 1_001)
  expect(clock.offsetMs).toBe(0)
  clock.hear(real.date, 100)
  expect(clock.offsetMs).toBe(60_050)
  clock.hear(real.date, 1_001)
  expect(clock.offsetMs).toBe(60_050)
})

test('a machine that was put right is believed again', () => {
  const real = { date: T, wrongByMs: -60_000 }
  const clock = new FollowedClock({ now: () => 0, date: () => real.date + real.wrongByMs })
  clock.hear(T, 0)
  real.wrongByMs = 0
  clock.hear(T, 0)
  expect(clock.date()).toBe(T)
})

test('F17: a machine whose date is set takes nothing along, neither now nor while the other clock is away', () => {
  const real = { date: T, wrongByMs: 0 }
  const clock = new FollowedClock({ now: () => real.date - T + 0.7, date: () => real.date + real.wrongByMs })
  clock.hear(T, 0)
  for (const wrongByMs of [3_600_000, -3_600_000, 400, 0]) {
    real.wrongByMs = wrongByMs
    expect(clock.date()).toBe(real.date)
    real.date += 10_000
    expect(clock.date()).toBe(real.date)
    clock.hear(real.date, 0)
    expect(clock.date()).toBe(real.date)
  }
})

test('what goes on from a date is in whole milliseconds', () => {
  let now = 0.25
  const clock = new FollowedClock({ now: () => now, date: () => T })
  clock.hear(T, 0)
  now = 3.9
  expect(clock.date()).toBe(T + 3)
})
