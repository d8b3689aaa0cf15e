import { expect, test } from 'bun:test'
import type { Budget } from '../../src/db/budget'
import { purseAt } from '../limits/budget/authority'
import { chat } from '../vendor/chat'
import type { Step } from '../vendor/step'
import { type BudgetedKey, budgetedWorld, CENT, errorOf, MODEL, OUTPUT_PICO, until } from './budgeted'
import { chunksOf } from './stream-text'

const world = budgetedWorld()

const LIMIT = 100n * CENT
const SMALL = { max_tokens: 8 }
/** What it may cost is all of LIMIT, and its prompt. */
const LARGE = { max_tokens: Number(LIMIT / OUTPUT_PICO) }
const AT_ONCE = 100

/** A key that has spent something. */
async function makeSpender(): Promise<BudgetedKey> {
  const spender = world.key(LIMIT)
  expect((await world.ask(spender.key, SMALL)).status).toBe(200)
  await world.rest(spender.purse)
  expect(world.authority.spent(spender.purse)).toBeGreaterThan(0n)
  return spender
}

const codeOf = async (response: Response) => (response.ok ? 'ok' : (await errorOf(response)).code)

/** Nothing is held, never was less than nothing, and spent is what was recorded. */
async function expectSettled({ purse }: BudgetedKey, requests: number) {
  await until(() => world.gateway.records.length === requests)
  await world.rest(purse)
  expect([world.gateway.limits.inFlight, world.gateway.live.size, world.budgets.waiting]).toEqual([0, 0, 0])
  expect(world.authority.reserved(purse)).toBe(0n)
  expect(world.leastPicoUsd).toBe(0n)
  expect(world.authority.spent(purse)).toBe(world.costPicoUsd)
}

test('T87 a budget that is lowered below what is spent cuts a hundred streams that are open, which are charged', async () => {
  const spender = await makeSpender()
  await world.vendor.script(MODEL, chat({ tokens: ['a', 'b'], cut: { after: 2, how: 'stall' } }))
  const open = await Promise.all(
    Array.from({ length: AT_ONCE }, () => world.ask(spender.key, { ...SMALL, stream: true })),
  )
  world.change(spender, { limitPicoUsd: 1n, period: 'total' })
  for (const text of await Promise.all(open.map(response => response.text()))) {
    expect(chunksOf(text).at(-1)?.error).toMatchObject({
      code: 'budget_exhausted',
      type: 'insufficient_quota',
    })
    expect(text).toEndWith('data: [DONE]\n\n')
  }
  // What the streams had reserved is not there for others.
  expect(await codeOf(await world.ask(spender.key, { max_tokens: 1 }))).toBe('insufficient_quota')
  await expectSettled(spender, 1 + AT_ONCE + 1)
  const cut = world.gateway.records.filter(
    ({ errorCode, costPicoUsd }) => errorCode === 'budget_exhausted' && costPicoUsd > 0n,
  )
  expect(cut).toHaveLength(AT_ONCE)
}, 30_000)

interface Change {
  /** What the budget becomes while so much of it is held. */
  to: (heldPicoUsd: bigint) => Budget | null
  /** What a small and a large request get from then on; before, the small one alone had its answer. */
  small: string
  large: string
}
const CHANGES: Record<string, Change> = {
  raised: { to: () => ({ limitPicoUsd: 3n * LIMIT, period: 'total' }), small: 'ok', large: 'ok' },
  'lowered above what is spent': {
    to: heldPicoUsd => ({ limitPicoUsd: heldPicoUsd / 2n, period: 'total' }),
    small: 'insufficient_quota',
    large: 'insufficient_quota',
  },
  'taken away': { to: () => null, small: 'ok', large: 'ok' },
}

for (const [name, { to, small, large }] of Object.entries(CHANGES))
  test(`T87 a budget that is ${name} while a hundred requests are in flight lets them end, and holds from then on`, async () => {
    const spender = await makeSpender()
    const { key, purse } = spender
    const held: Step[] = [{ gate: 'end' }, ...chat({ stream: false })]
    const others = Array<Step[]>(AT_ONCE - 1).fill(held)
    await world.vendor.script(MODEL, held, ...others, chat({ stream: false }))
    const running = Array.from({ length: AT_ONCE }, () => world.ask(key, SMALL))
    await world.vendor.waitForCall(MODEL, 1 + AT_ONCE)
    const ask = async () => [
      await codeOf(await world.ask(key, SMALL)),
      await codeOf(await world.ask(key, LARGE)),
    ]
    expect(await ask()).toEqual(['ok', 'insufficient_quota'])
    await until(() => world.authority.reserved(purse) > BigInt(AT_ONCE * SMALL.max_tokens) * OUTPUT_PICO)
    const budget = to(world.authority.reserved(purse))
    expect(budget === null || budget.limitPicoUsd > world.authority.spent(purse)).toBe(true)
    world.change(spender, budget)
    expect(await ask()).toEqual([small, large])
    await until(() => world.gateway.limits.inFlight === AT_ONCE)
    await world.vendor.open('end')
    expect(await Promise.all((await Promise.all(running)).map(codeOf))).toEqual(Array(AT_ONCE).fill('ok'))
    await expectSettled(spender, 1 + AT_ONCE + 4)
  }, 30_000)

test('T87 a budget that counts by another period holds at once, and what was held by the one before is settled there', async () => {
  const spender = await makeSpender()
  const { key, purse, caller } = spender
  const held: Step[] = [{ gate: 'end' }, ...chat({ stream: false })]
  const others = Array<Step[]>(AT_ONCE - 1).fill(held)
  await world.vendor.script(MODEL, held, ...others, chat({ stream: false }))
  const running = Array.from({ length: AT_ONCE }, () => world.ask(key, SMALL))
  await world.vendor.waitForCall(MODEL, 1 + AT_ONCE)
  world.change(spender, { limitPicoUsd: LIMIT, period: 'month' })
  const month = purseAt(caller.tenantId, caller.keyId, 'month', Date.now())
  expect(await codeOf(await world.ask(key, SMALL))).toBe('ok')
  expect(await codeOf(await world.ask(key, LARGE))).toBe('insufficient_quota')
  await world.vendor.open('end')
  expect(await Promise.all((await Promise.all(running)).map(codeOf))).toEqual(Array(AT_ONCE).fill('ok'))
  await expectSettled(spender, 1 + AT_ONCE + 2)
  await expectSettled({ ...spender, purse: month }, 1 + AT_ONCE + 2)
  expect(world.authority.spent(purse)).toBe(world.authority.spent(month))
}, 30_000)
