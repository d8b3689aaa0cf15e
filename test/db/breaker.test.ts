import { expect, test } from 'bun:test'
import { Breaker } from '../../src/db/breaker'
import { storeUnavailable } from '../../src/db/store-error'

function setUp() {
  const clock = { ms: 0, now: () => clock.ms }
  const breaker = new Breaker(clock)
  let asked = 0
  const ask = (answer: () => Promise<string>) =>
    breaker
      .ask(() => {
        asked++
        return answer()
      })
      .catch((error: Error) => error.message)
  return { clock, ask, asked: () => asked }
}

const away = () => Promise.reject(storeUnavailable(new Error('away')))
const here = () => Promise.resolve('here')
const refused = () => Promise.reject(new Error('no such column'))

test('F28: after five failures in a row nobody waits, but one each half second', async () => {
  const { clock, ask, asked } = setUp()
  for (let count = 0; count < 5; count++) await ask(away)
  expect(asked()).toBe(5)
  expect(await ask(here)).toContain('cannot reach its database')
  expect(asked()).toBe(5)
  clock.ms = 500
  await Promise.all([ask(away), ask(away), ask(away)])
  expect(asked()).toBe(6)
  clock.ms = 999
  await ask(here)
  expect(asked()).toBe(6)
})

test('one answer lets all ask again', async () => {
  const { clock, ask, asked } = setUp()
  for (let count = 0; count < 5; count++) await ask(away)
  clock.ms = 500
  expect(await ask(here)).toBe('here')
  expect(await Promise.all([ask(here), ask(here)])).toEqual(['here', 'here'])
  expect(asked()).toBe(8)
})

test('four failures, or failures with an answer between them, keep nobody from asking', async () => {
  const { ask } = setUp()
  for (let count = 0; count < 4; count++) await ask(away)
  expect(await ask(here)).toBe('here')
  for (let count = 0; count < 4; count++) await ask(away)
  expect(await ask(here)).toBe('here')
})

test('an error of the database’s own is an answer', async () => {
  const { ask, asked } = setUp()
  for (let count = 0; count < 20; count++) await ask(refused)
  expect(asked()).toBe(20)
})
