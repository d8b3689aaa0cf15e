import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { limited, World } from './world'

type Step =
  | { kind: 'request'; at: number; times: number }
  | { kind: 'leave'; at: number }
  | { kind: 'round'; at: number }
  | { kind: 'crash'; at: number }
  | { kind: 'wait'; ms: number }

const SIZE = 3
const at = fc.nat({ max: SIZE - 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('request' as const),
      at,
      times: fc.integer({ min: 1, max: 8 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), at }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('round' as const), at }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), at }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15_000 }) }),
  },
)

test('however shares change hands, all processes together let through no more than one bucket, crashes included', async () => {
  let admissions = 0
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.array(step, { maxLength: 60 }),
      async (rpm, steps) => {
        const world = new World(SIZE)
        const caller = limited({ rpm })
        let admitted = 0
        for (const step of steps) {
          if (step.kind === 'wait') await world.pass(step.ms)
          else if (step.kind === 'crash') world.crash(step.at)
          else if (step.kind === 'round') await world.processes[step.at]!.sharing.round()
          else if (step.kind === 'request')
            for (let time = 0; time < step.times; time++) if (await world.request(step.at, caller)) admitted++
          expect(admitted).toBeLessThanOrEqual(rpm + Math.floor((rpm * world.time) / 60_000))
        }
        admissions += admitted
      },
    ),
    { numRuns: 300 },
  )
  expect(admissions).toBeGreaterThan(500)
})

test('at no time more requests are under way than there are places, on all live processes together', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.array(step, { maxLength: 60 }),
      async (concurrency, steps) => {
        const world = new World(SIZE)
        const caller = limited({ concurrency })
        for (const step of steps) {
          if (step.kind === 'wait') await world.pass(step.ms)
          else if (step.kind === 'crash') world.crash(step.at)
          else if (step.kind === 'round') await world.processes[step.at]!.sharing.round()
          else if (step.kind === 'leave') world.processes[step.at]!.holds.pop()?.leave()
          else for (let time = 0; time < step.times; time++) await world.request(step.at, caller)
          expect(world.inUse()).toBeLessThanOrEqual(concurrency)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('whatever was lost on the way, in the end one process can have all of it again', async () => {
  const fault = fc.constantFrom('none' as const, 'none' as const, 'lost' as const, 'away' as const)
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.tuple(step, fault), { maxLength: 40 }),
      async (limit, steps) => {
        const world = new World(SIZE)
        const caller = limited({ rpm: limit, concurrency: limit })
        for (const [step, fault] of steps) {
          world.store.fault = fault
          if (step.kind === 'wait') await world.pass(step.ms)
          else if (step.kind === 'crash') world.crash(step.at)
          else if (step.kind === 'round') await world.processes[step.at]!.sharing.round()
          else if (step.kind === 'leave') world.processes[step.at]!.holds.pop()?.leave()
          else for (let time = 0; time < step.times; time++) await world.request(step.at, caller)
        }
        world.store.fault = 'none'
        for (const { holds } of world.processes) for (const hold of holds.splice(0)) hold.leave()
        await world.pass(150_000)
        const held = [...world.store.rows.values()].flatMap(({ limits }) =>
          Object.values(limits).flatMap(({ holdings }) => Object.keys(holdings)),
        )
        // What a dead process held is nobody's, though it stands there until somebody asks.
        expect(held.filter(id => world.store.live.has(id))).toEqual([])
        let admitted = 0
        for (let time = 0; time <= limit; time++) if (await world.request(0, caller)) admitted++
        expect(admitted).toBe(limit)
      },
    ),
    { numRuns: 150 },
  )
})

test('a process by itself has all of the limit at once', async () => {
  const world = new World(1)
  const caller = limited({ rpm: 100 })
  const admitted = await Promise.all(Array.from({ length: 150 }, () => world.request(0, caller)))
  expect(admitted.filter(Boolean)).toHaveLength(100)
})

test('the first request at each process finds room, and one that needs more than its part gets what others leave', async () => {
  const world = new World(3)
  await world.pass(500)
  const caller = limited({ rpm: 90 })
  for (const index of [0, 1, 2]) expect(await world.request(index, caller)).toBe(true)
  let admitted = 0
  for (let time = 0; time < 10 && admitted < 80; time++) {
    while (await world.request(0, caller)) admitted++
    // It goes on asking, now and then, as callers do.
    await world.pass(500)
  }
  expect(admitted).toBeGreaterThanOrEqual(80)
})

test('two processes that always want the only place have it in turns', async () => {
  const world = new World(2)
  await world.pass(500)
  const caller = limited({ concurrency: 1 })
  const had = [0, 0]
  for (let turn = 0; turn < 60; turn++) {
    for (const index of [0, 1]) if (await world.request(index, caller)) had[index]!++
    await world.pass(200)
    for (const { holds } of world.processes) for (const hold of holds.splice(0)) hold.leave()
  }
  for (const times of had) expect(times).toBeGreaterThan(5)
})

test('what a dead process held is there again when its lease has ended', async () => {
  const world = new World(2)
  await world.pass(500)
  const caller = limited({ concurrency: 1 })
  expect(await world.request(0, caller)).toBe(true)
  expect(await world.request(1, caller)).toBe(false)
  world.processes.splice(0, 1)
  await world.pass(9_000)
  expect(await world.request(0, caller)).toBe(false)
  await world.pass(2_000)
  expect(await world.request(0, caller)).toBe(true)
})

test('processes that cannot reach the store let their even part through, and together no more than the limit', async () => {
  const world = new World(3)
  await world.pass(3_000)
  world.store.fault = 'away'
  const caller = limited({ rpm: 9 })
  let admitted = 0
  for (const index of [0, 1, 2])
    for (let time = 0; time < 9; time++) if (await world.request(index, caller)) admitted++
  expect(admitted).toBe(9)
})

test('a lease that was not renewed in time is over before anybody else may take what it held', async () => {
  const world = new World(2)
  await world.pass(500)
  const caller = limited({ rpm: 10 })
  expect(await world.request(0, caller)).toBe(true)
  // Process 0 hangs: its rounds do not come. The other one is given what it held.
  const [hung] = world.processes.splice(0, 1)
  await world.pass(11_000)
  let admitted = 1
  for (let time = 0; time < 12; time++) if (await world.request(0, caller)) admitted++
  world.processes.unshift(hung!)
  world.store.fault = 'away'
  for (let time = 0; time < 12; time++) if (await world.request(0, caller)) admitted++
  // It knows at its first request that its lease is over: what it lets through is the even part of one that is cut off.
  expect(admitted).toBeLessThanOrEqual(10 + 1 + 5)
  expect(admitted).toBeGreaterThan(10)
})

test('a store that has forgotten everything hears anew what is in use', async () => {
  const world = new World(2)
  await world.pass(500)
  const caller = limited({ concurrency: 4 })
  await world.request(0, caller)
  for (let time = 0; time < 10; time++) await world.request(0, caller)
  expect(world.inUse()).toBe(4)
  world.store.rows.clear()
  world.store.leases.clear()
  for (const { sharing } of world.processes) sharing.startAnew()
  await world.pass(1_000)
  for (let time = 0; time < 10; time++) await world.request(1, caller)
  expect(world.inUse()).toBe(4)
})

test('who is refused is told to wait no longer than one that had all of the limit', async () => {
  const world = new World(4)
  await world.pass(500)
  const caller = limited({ rpm: 4 })
  for (const index of [0, 1, 2, 3]) expect(await world.request(index, caller)).toBe(true)
  const refused = async () => world.processes[0]!.rates.enter(caller)
  const error = await refused().catch(error => error)
  expect(error).toMatchObject({ code: 'rate_limit_exceeded' })
  expect(Number(error.headers['retry-after-ms'])).toBeLessThanOrEqual(15_000)
})

test('a process that stood still while requests waited lets none of them in by a share that is over', async () => {
  const world = new World(2)
  await world.pass(3_000)
  const caller = limited({ concurrency: 6 })
  for (let time = 0; time < 5; time++) expect(await world.request(0, caller)).toBe(true)
  const [still, other] = world.processes as [World['processes'][number], World['processes'][number]]
  const answer = Promise.withResolvers<void>()
  world.store.onItsWay = answer.promise
  const waiting = Array.from({ length: 6 }, () => world.request(0, caller))
  await Bun.sleep(1)
  world.store.onItsWay = undefined

  // What it had is free again: it has ended here, and in the store its lease ends before it hears.
  for (const hold of still.holds.splice(0)) hold.leave()
  world.time += 10_001
  while (await world.request(1, caller));
  expect(other.holds).toHaveLength(6)
  answer.resolve()
  // All that it may do without the store is its even part.
  expect((await Promise.all(waiting)).filter(Boolean).length).toBeLessThanOrEqual(3)
})
