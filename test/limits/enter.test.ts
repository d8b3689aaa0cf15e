import { expect, test } from 'bun:test'
import type { Permission } from '../../src/admission'
import { enter, type Limits } from '../../src/limits/enter'

const PERMISSION = { scope: 'llm' } as Permission

const open = (): Limits => ({ canRecord: () => true, inFlight: 0, draining: false })

test('what has entered is counted until it is released, once', () => {
  const limits = open()
  const first = enter(PERMISSION, limits)
  const second = enter(PERMISSION, limits)
  expect(limits.inFlight).toBe(2)
  first.release()
  first.release()
  expect(limits.inFlight).toBe(1)
  second.release()
  expect(limits.inFlight).toBe(0)
})

test('a process that stops begins nothing, and says when to come again', () => {
  const limits = { ...open(), draining: true }
  expect(() => enter(PERMISSION, limits)).toThrow(
    expect.objectContaining({ status: 503, code: 'shutting_down', headers: { 'retry-after': '1' } }),
  )
  expect(limits.inFlight).toBe(0)
})

test('nothing is begun whose record could not be kept', () => {
  const limits = { ...open(), canRecord: () => false }
  expect(() => enter(PERMISSION, limits)).toThrow(
    expect.objectContaining({
      status: 503,
      code: 'usage_store_unavailable',
      headers: { 'retry-after': '5' },
    }),
  )
  expect(limits.inFlight).toBe(0)
})
