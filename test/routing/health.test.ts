import { expect, test } from 'bun:test'
import { Health } from '../../src/routing/health'
import { FakeClock } from '../gateway/fake-clock'

function setUp() {
  const clock = new FakeClock()
  return { clock, health: new Health(clock) }
}

test('a deployment that never failed is not cooling', () => {
  const { health } = setUp()
  expect([health.isCooling('a'), health.cooling]).toEqual([false, 0])
})

test('the third failure in a row sets a deployment aside for 5 s', () => {
  const { clock, health } = setUp()
  health.failed('a', null, false)
  health.failed('a', null, false)
  expect(health.isCooling('a')).toBe(false)
  health.failed('a', null, false)
  expect([health.isCooling('a'), health.isCooling('b'), health.cooling]).toEqual([true, false, 1])
  clock.advance(4_999)
  expect(health.isCooling('a')).toBe(true)
  clock.advance(1)
  expect([health.isCooling('a'), health.cooling]).toEqual([false, 0])
})

test('every further failure doubles the time, up to 60 s', () => {
  const { clock, health } = setUp()
  const waits: number[] = []
  for (let failure = 1; failure <= 9; failure++) {
    health.failed('a', null, false)
    let ms = 0
    for (; health.isCooling('a'); ms += 1_000) clock.advance(1_000)
    waits.push(ms / 1_000)
  }
  expect(waits).toEqual([0, 0, 5, 10, 20, 40, 60, 60, 60])
})

test('a success forgets the failures', () => {
  const { health } = setUp()
  for (let failure = 0; failure < 2; failure++) health.failed('a', null, false)
  health.succeeded('a')
  for (let failure = 0; failure < 2; failure++) health.failed('a', null, false)
  expect(health.isCooling('a')).toBe(false)
})

test('a vendor’s own wait sets a deployment aside at once, for no more than an hour', () => {
  const { clock, health } = setUp()
  health.failed('a', 700, false)
  expect(health.isCooling('a')).toBe(true)
  clock.advance(700)
  expect(health.isCooling('a')).toBe(false)
  health.failed('b', 86_400_000, false)
  clock.advance(3_600_000)
  expect(health.isCooling('b')).toBe(false)
})

test('a refused account sets a deployment aside for a minute at once', () => {
  const { clock, health } = setUp()
  health.failed('a', null, true)
  clock.advance(59_999)
  expect(health.isCooling('a')).toBe(true)
  clock.advance(1)
  expect(health.isCooling('a')).toBe(false)
})

test('a shorter wait does not end a longer one', () => {
  const { clock, health } = setUp()
  health.failed('a', 10_000, false)
  health.failed('a', 10, false)
  clock.advance(9_000)
  expect(health.isCooling('a')).toBe(true)
})
