import { expect, test } from 'bun:test'
import { Deadlines } from '../../src/lib/deadlines'
import { FakeClock } from '../gateway/fake-clock'

test('what is late is called once, in its time, and nothing that was taken out before', async () => {
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  const late: string[] = []
  const note = (name: string) => () => void late.push(name)
  deadlines.add(note('second'), 2_000)
  const kept = deadlines.add(note('never'), 1_000)
  deadlines.add(note('first'), 1_000)
  deadlines.delete(kept)
  const until = async (isTrue: () => boolean) => {
    for (let waited = 0; !isTrue() && waited < 5_000; waited += 5) await Bun.sleep(5)
  }
  clock.advance(1_000)
  await until(() => late.length > 0)
  expect(late).toEqual(['first'])
  clock.advance(1_000)
  await until(() => late.length > 1)
  // The interval ends by itself, and begins again.
  await until(() => deadlines.isAtRest)
  expect(deadlines.isAtRest).toBe(true)
  deadlines.add(note('third'), 0)
  await until(() => late.length > 2)
  expect(late).toEqual(['first', 'second', 'third'])
})
