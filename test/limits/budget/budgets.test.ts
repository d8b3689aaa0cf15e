import { expect, test } from 'bun:test'
import type { Budget } from '../../../src/db/budget'
import { Authority, purseAt } from './authority'
import { budgetsOn } from './budgets-on'

const BUDGET: Budget = { limitPicoUsd: 1_000_000n, period: 'total' }
const WHO = { keyId: 'key', tenantId: 'tenant', budget: BUDGET }
const asking = (picoUsd: bigint) => () => ({
  mostPicoUsd: picoUsd,
  leastPicoUsd: picoUsd,
  fit: () => picoUsd,
})

function setUp() {
  const authority = new Authority()
  for (const scope of ['key', 'tenant']) authority.budgets.set(scope, BUDGET)
  let statements = 0
  const budgets = budgetsOn({
    tenants: { tenant: BUDGET },
    takeTurns: async turns => {
      statements++
      return authority.takeTurns('one', turns)
    },
  })
  return { authority, budgets, statements: () => statements }
}

test('a process that holds a slice with room asks nobody: a thousand requests take a few statements', async () => {
  const { authority, budgets, statements } = setUp()
  let waited = 0
  for (let index = 0; index < 1_000; index++) {
    const hold = budgets.reserve(WHO, Date.now(), asking(100n))
    if (hold instanceof Promise) waited++
    const held = (await hold)!
    held.settle(10n)
    const line = {
      requestId: `${index}`,
      ...WHO,
      createdAt: Date.now(),
      costPicoUsd: 10n,
      leases: held.leases,
    }
    authority.book([line])
    budgets.booked([line])
    await new Promise(resolve => setImmediate(resolve))
  }
  expect(waited).toBeLessThan(50)
  expect(statements()).toBeLessThan(100)
  for (const scope of ['key', 'tenant'])
    expect(authority.spent(purseAt('tenant', scope, 'total', 0))).toBe(10_000n)
})

test('near the end one statement serves all who wait', async () => {
  const { budgets, statements } = setUp()
  const holds = await Promise.allSettled(
    Array.from({ length: 2_000 }, () => budgets.reserve(WHO, Date.now(), asking(1_000n))),
  )
  expect(holds.filter(({ status }) => status === 'fulfilled')).toHaveLength(1_000)
  expect(statements()).toBeLessThan(20)
})

test('a request that nothing counts is not held up, and makes nothing', () => {
  const { budgets } = setUp()
  const nobody = { keyId: 'other', tenantId: 'other', budget: null }
  const fails = () => {
    throw new Error('nobody may ask what it costs')
  }
  expect(budgets.reserve(nobody, Date.now(), fails)).toBeUndefined()
  expect(budgets.size).toBe(0)
})

test('a process that ends asks nothing more, and refuses who waits', async () => {
  const { budgets, statements } = setUp()
  const waiting = Promise.resolve(budgets.reserve(WHO, Date.now(), asking(1n)))
  const refused = waiting.then(() => 'admitted').catch(({ code }) => code)
  await budgets.stop()
  expect(await refused).toBe('budget_unavailable')
  await new Promise(resolve => setTimeout(resolve, 5))
  expect(statements()).toBe(0)
})
