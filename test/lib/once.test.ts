import { expect, test } from 'bun:test'
import { once } from '../../src/lib/once'

test('a value is made once, when it is asked for, even if it is undefined', () => {
  let made = 0
  const value = once((): undefined => {
    made++
  })
  expect(made).toBe(0)
  expect([value(), value(), made]).toEqual([undefined, undefined, 1])
})

test('what cannot be made is tried again', () => {
  let tries = 0
  const value = once(() => {
    if (tries++ === 0) throw new Error('not yet')
    return tries
  })
  expect(value).toThrow('not yet')
  expect([value(), value()]).toEqual([2, 2])
})
