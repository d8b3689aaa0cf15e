import { expect, test } from 'bun:test'
import type { Entry, Permission } from '../../src/admission'
import { enter as enterOrWait, type Limits } from '../../src/limits/enter'
import { Rates } from '../../src/limits/rate/rates'
import { TenantAllowances } from '../../src/limits/tenant-allowances'
import { anyCaller } from '../auth/any-caller'
import { budgetsOn } from './budget/budgets-on'

const PERMISSION = { scope: 'llm' } as Permission

const open = (): Limits => ({
  canRecord: () => true,
  memory: { isShort: false },
  inFlight: 0,
  draining: false,
  rates: new Rates({ clock: { now: () => 0 }, tenants: new TenantAllowances() }),
  budgets: budgetsOn(),
  chance: () => 0,
})

function enter(permission: Permission, limits: Limits, caller = anyCaller('cm_live_a')): Entry {
  const entry = enterOrWait(permission, caller, limits)
  if (entry instanceof Promise) throw new Error('a key without limits waits for nothing')
  return entry
}

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

test('F14: short of memory nothing is begun beside what is under way; alone a request is let in', () => {
  const limits = { ...open(), memory: { isShort: true } }
  const alone = enter(PERMISSION, limits)
  expect(() => enter(PERMISSION, limits)).toThrow(
    expect.objectContaining({ status: 503, code: 'overloaded', headers: { 'retry-after': '5' } }),
  )
  expect(limits.inFlight).toBe(1)
  alone.release()
  enter(PERMISSION, limits).release()
  expect(limits.inFlight).toBe(0)
})

test('F60: who is refused together is told to come again at different times, within five seconds', () => {
  for (const [chance, seconds] of [
    [0, '5'],
    [0.2, '6'],
    [0.5, '7'],
    [0.999, '9'],
  ] as const) {
    const limits = { ...open(), chance: () => chance, canRecord: () => false }
    expect(() => enter(PERMISSION, limits)).toThrow(
      expect.objectContaining({ headers: { 'retry-after': seconds } }),
    )
  }
})
