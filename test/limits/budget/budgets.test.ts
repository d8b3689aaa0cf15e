import { expect, test } from 'bun:test'
import type { Budget } from '../../../src/db/budget'
import { chargesOf } from '../../../src/db/lease-charges'
import { FakeClock } from '../../gateway/fake-clock'
import { Authority, purseAt } from './authority'
import { budgetsOn } from './budgets-on'

const BUDGET: Budget = { limitPicoUsd: 1_000_000n, period: 'total' }
const WHO = { keyId: 'key', tenantId: 'tenant', budget: BUDGET }
const asking = (picoUsd: bigint) => ({
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
    budgets.booked(chargesOf([line]))
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

test('a slice that is booked while a request goes on covers it until it has ended', async () => {
  const authority = new Authority()
  authority.budgets.set('key', BUDGET)
  const now = { ms: 0 }
  let lost = 0
  const budgets = budgetsOn({
    clock: { now: () => now.ms, date: () => 0 },
    takeTurns: async turns => {
      const dealt = authority.takeTurns('one', turns)
      lost += dealt.filter(({ outcome }) => outcome === 'lost').length
      return dealt
    },
    returnLeases: async keeps => authority.returnLeases('one', keeps),
  })
  const spent = () => authority.spent(purseAt('tenant', 'key', 'total', 0))
  const sweeps = async () => {
    for (let turn = 0; turn < 5; turn++) {
      now.ms += 60_000
      budgets.tick(now.ms)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  const hold = (await budgets.reserve(WHO, 0, asking(100n)))!
  authority.debit('one')
  const booked = spent()
  expect(booked).toBeGreaterThanOrEqual(100n)
  budgets.changedAll()
  while (lost === 0) await new Promise(resolve => setTimeout(resolve, 1))
  await sweeps()
  expect(spent()).toBe(booked)
  const line = { requestId: '1', ...WHO, createdAt: 0, costPicoUsd: 60n, leases: hold.leases }
  hold.settle(60n)
  await sweeps()
  expect(spent()).toBe(booked)
  authority.book([line])
  budgets.booked(chargesOf([line]))
  await sweeps()
  expect(spent()).toBe(60n)
})

test('a request that nothing counts is not held up, and makes nothing', () => {
  const { budgets } = setUp()
  const nobody = { keyId: 'other', tenantId: 'other', budget: null }
  expect(budgets.counts(nobody)).toBeFalse()
  expect(budgets.reserve(nobody, Date.now(), undefined)).toBeUndefined()
  expect(budgets.size).toBe(0)
})

test('a request that a budget counts is not let through without what it may cost', () => {
  const { budgets } = setUp()
  expect(() => budgets.reserve(WHO, Date.now(), undefined)).toThrow('nobody knows the cost')
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

test('F28: a statement that takes more than a second is waited for by nobody, and counts once it comes', async () => {
  const clock = new FakeClock()
  const authority = new Authority()
  for (const scope of ['key', 'tenant']) authority.budgets.set(scope, BUDGET)
  const { promise: pause, resolve: goOn } = Promise.withResolvers<void>()
  const budgets = budgetsOn({
    clock,
    tenants: { tenant: BUDGET },
    takeTurns: async turns => {
      await pause
      return authority.takeTurns('one', turns)
    },
  })
  const outcome = () =>
    Promise.resolve(budgets.reserve(WHO, clock.date(), asking(100n))).then(
      () => 'reserved',
      ({ code }) => code,
    )
  const first = outcome()
  await Bun.sleep(5)
  clock.advance(1_000)
  const second = outcome()
  budgets.tick(clock.now())
  expect(budgets.waiting).toBe(2)
  clock.advance(1)
  budgets.tick(clock.now())
  expect(await first).toBe('budget_unavailable')
  expect(await outcome()).toBe('budget_unavailable')
  goOn()
  expect(await second).toBe('reserved')
  expect(await outcome()).toBe('reserved')
})
