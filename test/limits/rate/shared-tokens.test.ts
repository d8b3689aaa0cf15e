import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Limited } from '../../../src/limits/rate/rates'
import { limited, World } from './world'

/** Processes that know of each other. */
async function begun(): Promise<World> {
  const world = new World(SIZE)
  await world.pass(500)
  return world
}

/** Asks for so many tokens, and uses them; whether the request is let in. */
async function use(world: World, index: number, caller: Limited, tokens: number): Promise<boolean> {
  const hold = await world.processes[index]!.rates.enter(caller)
  try {
    await hold!.reserve(tokens, 0)
    hold!.correct(tokens)
    return true
  } catch {
    return false
  } finally {
    hold!.leave()
  }
}

const SIZE = 3
const LIMIT = 3_000
type Step = { at: number; tokens: number; ms: number }
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    at: fc.nat({ max: SIZE - 1 }),
    tokens: fc.integer({ min: 1, max: LIMIT }),
    ms: fc.constantFrom(0, 0, 0, 700, 20_000),
  }),
  { maxLength: 60 },
)

test('tokens that processes let through are no more than one bucket’s', async () => {
  let admissions = 0
  await fc.assert(
    fc.asyncProperty(steps, async all => {
      const world = new World(SIZE)
      const caller = limited({ tpm: LIMIT })
      let used = 0
      for (const { at, tokens, ms } of all) {
        await world.pass(ms)
        if (!(await use(world, at, caller, tokens))) continue
        admissions++
        used += tokens
        const bucket = LIMIT + Math.floor((LIMIT * world.time) / 60_000)
        expect(used).toBeLessThanOrEqual(bucket)
      }
    }),
    { numRuns: 200 },
  )
  expect(admissions).toBeGreaterThan(300)
})

test('of large requests that come to several processes at once those are let in for which there is enough', async () => {
  const world = await begun()
  const caller = limited({ tpm: LIMIT })
  const all = () => Promise.all([0, 1, 2].map(index => use(world, index, caller, 2_800)))
  expect((await all()).filter(Boolean).length).toBeLessThanOrEqual(1)
  for (let index = 0; index < SIZE; index++) expect(await use(world, index, caller, 2_800)).toBe(false)
  await world.pass(60_000)
  expect((await all()).filter(Boolean).length).toBeLessThanOrEqual(1)
})

test('a request that one process would let in is not refused for the little that was used before it', async () => {
  const world = await begun()
  const caller = limited({ tpm: LIMIT })
  for (let index = 0; index < SIZE; index++) expect(await use(world, index, caller, 10)).toBe(true)
  expect(await use(world, 1, caller, 2_800)).toBe(true)
})
