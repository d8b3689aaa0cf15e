import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Budget } from '../../../src/db/budget'
import { KEY, TENANT, World } from './world'

const DAY_MS = 86_400_000
/** More of them with `BUDGET_RUNS=5000`. */
const RUNS = Number(process.env.BUDGET_RUNS ?? 150)

type Step =
  | { do: 'request'; process: number; most: bigint; isOpen: boolean }
  | { do: 'end'; process: number; percent: bigint }
  | { do: 'ship'; process: number; hears: boolean }
  | { do: 'reply'; process: number; how: 'answer' | 'lose' | 'loseAnswer' }
  | { do: 'advance'; ms: number }
  | { do: 'jump'; ms: number }
  | { do: 'crash'; process: number }
  | { do: 'adopt'; process: number }
  | { do: 'debit'; process: number }

const which = fc.nat(5)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('request' as const),
      process: which,
      most: fc.bigInt(0n, 400n),
      isOpen: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('end' as const), process: which, percent: fc.bigInt(0n, 100n) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('ship' as const), process: which, hears: fc.boolean() }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('reply' as const),
      process: which,
      how: fc.constantFrom('answer' as const, 'answer' as const, 'lose' as const, 'loseAnswer' as const),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('advance' as const),
      ms: fc.constantFrom(0, 1, 50, 300, 1_000, 6_000, 31_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('jump' as const),
      ms: fc.constantFrom(-DAY_MS, -3_600_000, 60_000, DAY_MS, 31 * DAY_MS),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const), process: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('adopt' as const), process: which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('debit' as const), process: which }) },
)

export async function take(world: World, step: Step): Promise<void> {
  if (step.do === 'advance') return world.advance(step.ms)
  if (step.do === 'jump') {
    world.date += step.ms
    return
  }
  const one = world.processes[step.process % world.processes.length]!
  if (step.do === 'adopt') return world.adopt(one)
  if (step.do === 'reply') return world.reply(one, step.how)
  if (step.do === 'debit') return world.debit(one)
  if (!one.isAlive) return
  if (step.do === 'request') world.request(one, step.most, step.isOpen ? step.most / 10n : step.most)
  else if (step.do === 'end') world.end(one, step.percent)
  else if (step.do === 'ship') world.ship(one, step.hears)
  else if (step.do === 'crash') {
    world.crash(one)
    world.start()
  }
}

const budget = (limitPicoUsd: bigint, period: Budget['period']): Budget => ({ limitPicoUsd, period })

/** Of every purse that was ever counted in: what is spent and what is held stay within the limit. */
function expectHeld(world: World, scopes: Record<string, Budget>): void {
  for (const [scopeId, { limitPicoUsd }] of Object.entries(scopes)) {
    const purses = new Map([...world.authority.slices.values()].map(slice => [slice.purse, slice] as const))
    for (const [name] of purses) {
      if (!name.startsWith(`${scopeId} `)) continue
      const [, period, startsAt] = name.split(' ')
      const purse = {
        ...world.purse(scopeId),
        period: period as Budget['period'],
        startsAt: Number(startsAt),
      }
      const spans = { ...purse, endsAt: endOf(purse.period, purse.startsAt) }
      expect(world.authority.spent(spans) + world.authority.leased(spans)).toBeLessThanOrEqual(limitPicoUsd)
    }
  }
}

function endOf(period: Budget['period'], startsAt: number): number | null {
  if (period === 'total') return null
  if (period === 'day') return startsAt + DAY_MS
  const date = new Date(startsAt)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1)
}

test('whatever is lost, repeated, late or dead: never over a limit, and all of it is there again in the end', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 20, maxLength: 120 }),
      fc.bigInt(0n, 3_000n),
      fc.option(fc.bigInt(0n, 3_000n)),
      fc.constantFrom<Budget['period']>('total', 'month', 'day'),
      async (steps, keyLimit, tenantLimit, period) => {
        const keyBudget = budget(keyLimit, period)
        const tenantBudget = tenantLimit === null ? null : budget(tenantLimit, 'total')
        const scopes = { [KEY]: keyBudget, ...(tenantBudget && { [TENANT]: tenantBudget }) }
        const world = new World({ processes: 3, keyBudget, tenantBudget })
        for (const step of steps) {
          await take(world, step)
          expectHeld(world, scopes)
          if (period === 'total')
            expect(world.authority.spent(world.purse(KEY)) + world.outstanding()).toBeLessThanOrEqual(
              keyLimit,
            )
        }
        await world.rest()
        expectHeld(world, scopes)
        expect(world.refused).not.toContain('a bug')
        expect([world.waiting, world.outstanding()]).toEqual([0, 0n])
        for (const scopeId of Object.keys(scopes))
          expect(world.authority.reserved(world.purse(scopeId))).toBe(0n)
        // Nothing was lost on the way: what is not spent can be spent, at any process, in one piece.
        const [left = 0n] = Object.entries(scopes)
          .map(([scopeId, { limitPicoUsd }]) => limitPicoUsd - world.authority.spent(world.purse(scopeId)))
          .toSorted((one, other) => Number(one - other))
        const before = world.admitted
        world.request(world.processes.findLast(({ isAlive }) => isAlive)!, left)
        await world.rest()
        expect(world.admitted).toBe(before + 1)
      },
    ),
    { numRuns: RUNS },
  )
}, 600_000)

test('a vendor that bills more than was reserved is booked in full, and nobody is admitted after that', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 10, maxLength: 60 }),
      fc.bigInt(100n, 2_000n),
      async (steps, limit) => {
        const world = new World({ processes: 3, keyBudget: budget(limit, 'total'), tenantBudget: null })
        for (const step of steps) await take(world, step)
        await world.rest()
        const [one] = world.processes.filter(({ isAlive }) => isAlive)
        const left = limit - world.authority.spent(world.purse(KEY))
        fc.pre(left > 0n)
        world.request(one!, left)
        for (let step = 0; step < 30 && one!.running.length === 0; step++) {
          await world.advance(100)
          for (const each of world.processes)
            while (each.questions.length > 0) await world.reply(each, 'answer')
        }
        expect(one!.running).toHaveLength(1)
        world.end(one!, 250n)
        await world.rest()
        expect(world.authority.spent(world.purse(KEY))).toBe(limit - left + (left * 250n) / 100n)
        const { admitted } = world
        for (const each of world.processes.filter(({ isAlive }) => isAlive)) world.request(each, 1n)
        await world.rest()
        expect(world.admitted).toBe(admitted)
        expect(world.authority.reserved(world.purse(KEY))).toBe(0n)
      },
    ),
    { numRuns: RUNS },
  )
}, 600_000)

test('T87 whatever limits become on the way: what is spent and held never grows beyond the limit of the moment', async () => {
  const change = fc.record({ do: fc.constant('limit' as const), limit: fc.bigInt(0n, 3_000n) })
  const steps = fc.array(fc.oneof({ weight: 9, arbitrary: step }, { weight: 1, arbitrary: change }), {
    minLength: 20,
    maxLength: 100,
  })
  await fc.assert(
    fc.asyncProperty(steps, async steps => {
      const world = new World({ processes: 3, keyBudget: budget(1_500n, 'total'), tenantBudget: null })
      let limit = 1_500n
      let held = 0n
      for (const one of steps) {
        if (one.do === 'debit' || one.do === 'adopt') continue
        if (one.do === 'limit') {
          limit = one.limit
          world.setBudget(KEY, budget(limit, 'total'))
          for (const { isAlive, budgets } of world.processes) if (isAlive) budgets.changed(KEY)
        } else await take(world, one)
        const total = world.authority.spent(world.purse(KEY)) + world.authority.leased(world.purse(KEY))
        expect(total).toBeLessThanOrEqual(limit > held ? limit : held)
        held = total
      }
      await world.rest()
      expect(world.refused).not.toContain('a bug')
      expect([world.waiting, world.outstanding(), world.authority.reserved(world.purse(KEY))]).toEqual([
        0,
        0n,
        0n,
      ])
      const left = limit - world.authority.spent(world.purse(KEY))
      const before = world.admitted
      world.request(world.processes.findLast(({ isAlive }) => isAlive)!, left > 0n ? left : 1n)
      await world.rest()
      expect(world.admitted - before).toBe(left > 0n ? 1 : 0)
    }),
    { numRuns: RUNS },
  )
}, 600_000)
