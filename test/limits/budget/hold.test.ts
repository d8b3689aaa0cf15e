import { expect, test } from 'bun:test'
import type { Budget } from '../../../src/db/budget'
import { chargesOf } from '../../../src/db/lease-charges'
import { Authority, purseAt } from './authority'
import { budgetsOn } from './budgets-on'

const BUDGET: Budget = { limitPicoUsd: 1_000n, period: 'total' }
const WHO = { keyId: 'key', tenantId: 'tenant', budget: BUDGET }
const ASK = { mostPicoUsd: 600n, leastPicoUsd: 600n, fit: () => 600n }

/** A request that holds 600 of a budget of 1,000. */
async function setUp() {
  const authority = new Authority()
  authority.budgets.set('key', BUDGET)
  const database = { isAway: false }
  const budgets = budgetsOn({
    takeTurns: async turns => {
      if (database.isAway) throw new Error('away')
      return authority.takeTurns('one', turns)
    },
  })
  const hold = (await budgets.reserve(WHO, 0, ASK))!
  return { authority, database, budgets, hold }
}

const ended = () => new Promise(resolve => setTimeout(resolve, 20))

test('what is set aside besides is held with the rest, and put right with it', async () => {
  const { authority, budgets, hold } = await setUp()
  expect(await hold.setAside(() => 400n)).toBeTrue()
  expect(hold.picoUsd).toBe(1_000n)
  await expect((async () => budgets.reserve(WHO, 0, ASK))()).rejects.toThrow('budget')
  hold.settle(300n)
  const line = { requestId: '1', ...WHO, createdAt: 0, costPicoUsd: 300n, leases: hold.leases }
  authority.book([line])
  budgets.booked(chargesOf([line]))
  expect((await budgets.reserve(WHO, 0, ASK))?.picoUsd).toBe(600n)
  expect(authority.spent(purseAt('tenant', 'key', 'total', 0))).toBe(300n)
})

test('where there is not so much more, or nobody can be asked, it holds what it held', async () => {
  const { database, hold } = await setUp()
  expect(await hold.setAside(() => 401n)).toBeFalse()
  database.isAway = true
  expect(await hold.setAside(() => 401n)).toBeFalse()
  expect(hold.picoUsd).toBe(600n)
})

test('more for a request whose budget was taken away meanwhile is let through, and counted nowhere', async () => {
  const { authority, budgets, hold } = await setUp()
  authority.budgets.delete('key')
  budgets.changed('key')
  expect(await hold.setAside(() => 5_000n)).toBeTrue()
  expect(hold.picoUsd).toBe(600n)
})

test('for a request that has ended nothing more is kept', async () => {
  const { budgets, hold } = await setUp()
  const more = hold.setAside(() => 400n)
  hold.settle(0n)
  expect(await more).toBeFalse()
  await ended()
  expect(
    (await budgets.reserve(WHO, 0, { ...ASK, mostPicoUsd: 1_000n, leastPicoUsd: 1_000n }))?.picoUsd,
  ).toBe(1_000n)
})
