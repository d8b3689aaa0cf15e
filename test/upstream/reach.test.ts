import { expect, test } from 'bun:test'
import { Reach } from '../../src/upstream/reach'
import { FakeClock } from '../gateway/fake-clock'
import { startBlackHole } from './black-hole'

test('a host that listens can be connected to, and one that refuses leaves it to the transport to say so', async () => {
  const listener = Bun.listen({ hostname: '127.0.0.1', port: 0, socket: { data() {} } })
  const reach = new Reach(new FakeClock())
  expect(await reach.canConnect(`http://127.0.0.1:${listener.port}/v1`, 1_000)).toBe(true)
  listener.stop(true)
  expect(await reach.canConnect(`http://127.0.0.1:${listener.port}/v1`, 1_000)).toBe(true)
})

test('F45: a host that takes no connection in time cannot; callers that ask at once share the one attempt', async () => {
  const hole = await startBlackHole()
  const clock = new FakeClock()
  const reach = new Reach(clock)
  const startedAt = performance.now()
  const first = reach.canConnect(hole.url, 200)
  expect(reach.canConnect(hole.url, 200)).toBe(first)
  expect(await first).toBe(false)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
  reach.answered(hole.url)
  expect(await reach.canConnect(hole.url, 200)).toBe(true)
  clock.advance(30_000)
  expect(await reach.canConnect(hole.url, 200)).toBe(false)
  await hole.stop()
})
