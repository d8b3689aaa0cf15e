import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { RateLimits } from '../../../src/db/limits'
import { limited, World } from './world'

const SIZE = 3
const someWhere = (length: number) =>
  fc.array(fc.nat({ max: SIZE - 1 }), { minLength: length, maxLength: length })

/** How many of a caller's requests are let in that come one after the other, each to one of these processes. */
async function admitted(
  limits: Partial<RateLimits>,
  places: number[],
  world = new World(SIZE),
): Promise<number> {
  await world.pass(500)
  const caller = limited(limits)
  let count = 0
  for (const at of places) {
    if (!(await world.request(at, caller))) continue
    count++
    if (limits.concurrency) world.processes[at]!.holds.pop()?.leave()
  }
  return count
}

test('a caller that asks one thing at a time is never refused for it, whichever processes answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), someWhere(12), async (concurrency, places) => {
      expect(await admitted({ concurrency }, places)).toBe(places.length)
    }),
    { numRuns: 100 },
  )
})

test('so many requests a minute are let in as there may be, and not one more, whichever processes answer', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), someWhere(25), async (rpm, places) => {
      expect(await admitted({ rpm }, places)).toBe(rpm)
    }),
    { numRuns: 100 },
  )
})

test('a limit that others change their parts of is as exact', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), someWhere(25), async (rpm, places) => {
      expect(await admitted({ rpm, concurrency: 1 }, places)).toBe(rpm)
    }),
    { numRuns: 100 },
  )
})

test('where nobody is woken the others give by their next round, and who waits has it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 20 }), someWhere(20), async (limit, places) => {
      const world = new World(SIZE)
      world.store.wakes = false
      world.passesWhileWaiting = true
      expect(await admitted({ concurrency: limit, rpm: 20 }, places, world)).toBe(places.length)
    }),
    { numRuns: 100 },
  )
})

test('what is used up is refused as soon as all have said so, and then at once', async () => {
  const world = new World(SIZE)
  await world.pass(500)
  const caller = limited({ rpm: 3 })
  for (const at of [0, 1, 2]) expect(await world.request(at, caller)).toBe(true)
  expect(await world.request(0, caller)).toBe(false)
  const pauses = world.pauses
  expect(pauses).toBeLessThan(6)
  expect(await world.request(0, caller)).toBe(false)
  expect(world.pauses).toBe(pauses)
})

test('somebody who holds some and does not answer is not waited for by one request after another', async () => {
  const world = new World(2)
  await world.pass(500)
  const caller = limited({ concurrency: 1 })
  expect(await world.request(0, caller)).toBe(true)
  world.processes[0]!.holds.pop()?.leave()
  world.store.wakes = false
  expect(await world.request(1, caller)).toBe(false)
  const pauses = world.pauses
  for (let time = 0; time < 10; time++) expect(await world.request(1, caller)).toBe(false)
  expect(world.pauses).toBe(pauses)
})

test('tokens are let in as by one bucket: what fits is, what does not is not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1_000, max: 100_000 }),
      fc.array(fc.tuple(fc.nat({ max: SIZE - 1 }), fc.double({ min: 0.01, max: 0.5, noNaN: true })), {
        minLength: 12,
        maxLength: 12,
      }),
      async (tpm, requests) => {
        const world = new World(SIZE)
        await world.pass(500)
        const caller = limited({ tpm })
        let left = tpm
        for (const [at, part] of requests) {
          const units = Math.max(2, Math.floor(tpm * part))
          const hold = await world.processes[at]!.rates.enter(caller)
          const isIn = await Promise.resolve(hold!.reserve(1, units - 1)).then(
            () => true,
            () => false,
          )
          expect(isIn).toBe(units <= left)
          if (!isIn) return
          hold!.correct(units)
          hold!.leave()
          left -= units
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('a store that hangs while others are waited for: nobody waits for more than a second, and nothing is guessed', async () => {
  const world = new World(2)
  await world.pass(500)
  const caller = limited({ concurrency: 1 })
  expect(await world.request(0, caller)).toBe(true)
  world.store.wakes = false
  const hang = Promise.withResolvers<void>()
  let exchanges = 0
  const { exchange } = world.store
  world.store.exchange = async (...told) => {
    if (++exchanges > 1) await hang.promise
    return exchange(...told)
  }
  const startedAt = performance.now()
  expect(await world.request(1, caller)).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(3_000)
  expect(world.processes[1]!.rates.lots.get(caller.keyId)!.places!.isGuess).toBe(false)
  hang.resolve()
})
