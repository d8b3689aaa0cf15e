import { expect, test } from 'bun:test'
import type { TenantAllowance } from '../../src/db/tenant-allowances'
import { TenantAllowances } from '../../src/limits/tenant-allowances'

const limits = { rpm: 1, tpm: null, concurrency: null }
const budget = { limitPicoUsd: 1n, period: 'day' } as const
const allowance = (tenantId: string, change: Partial<TenantAllowance> = {}): TenantAllowance => ({
  tenantId,
  limits: null,
  budget: null,
  version: 1,
  ...change,
})

test('a later version replaces an earlier one, an earlier one changes nothing', () => {
  const tenants = new TenantAllowances()
  tenants.put(allowance('a', { limits, version: 3 }))
  tenants.put(allowance('a', { version: 2 }))
  expect(tenants.get('a')?.limits).toEqual(limits)
  tenants.put(allowance('a', { budget, version: 4 }))
  expect(tenants.get('a')).toMatchObject({ limits: null, budget })
  tenants.put(allowance('a', { version: 5 }))
  expect(tenants.get('a')).toBeUndefined()
})

test('those that are there no more are forgotten', () => {
  const tenants = new TenantAllowances()
  for (const id of ['a', 'b']) tenants.put(allowance(id, { budget }))
  tenants.replace([allowance('b', { budget }), allowance('c', { limits })])
  expect(['a', 'b', 'c'].map(id => tenants.get(id) !== undefined)).toEqual([false, true, true])
})

test('budgets alone are no limits, which would have to be shared', () => {
  const tenants = new TenantAllowances()
  tenants.put(allowance('a', { budget }))
  expect(tenants.hasLimits).toBe(false)
  tenants.put(allowance('b', { limits }))
  expect(tenants.hasLimits).toBe(true)
})
