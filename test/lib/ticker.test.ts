import { expect, test } from 'bun:test'
import { Ticker } from '../../src/lib/ticker'

function setUp(everyMs = 5) {
  let now = 0
  const ticker = new Ticker({ now: () => now, date: () => now }, everyMs)
  const seen: number[] = []
  const item = { tick: (at: number) => void seen.push(at) }
  const moveTo = (at: number) => {
    now = at
  }
  return { ticker, seen, item, moveTo }
}

test('tells everyone the time of the clock, not its own', () => {
  const { ticker, seen, item, moveTo } = setUp(1_000)
  const other = { tick: (at: number) => void seen.push(-at) }
  ticker.add(item)
  ticker.add(other)
  moveTo(41)
  ticker.tick()
  expect(seen).toEqual([41, -41])
  ticker.delete(item)
  ticker.delete(other)
})

test('ticks by itself while something is registered, and not after', async () => {
  const { ticker, seen, item } = setUp()
  ticker.add(item)
  await Bun.sleep(60)
  expect(seen.length).toBeGreaterThan(2)
  ticker.delete(item)
  const count = seen.length
  await Bun.sleep(30)
  expect(seen).toHaveLength(count)
  ticker.add(item)
  await Bun.sleep(60)
  expect(seen.length).toBeGreaterThan(count)
  ticker.delete(item)
})

test('an item may leave, or bring another, while it is told', () => {
  const { ticker, seen, item } = setUp(1_000)
  const once = {
    tick() {
      ticker.delete(once)
      ticker.add(item)
    },
  }
  ticker.add(once)
  ticker.tick()
  ticker.tick()
  expect(ticker.size).toBe(1)
  expect(seen.length).toBeGreaterThan(0)
  ticker.delete(item)
  ticker.delete(item)
  expect(ticker.size).toBe(0)
})

test('keeps no process alive', async () => {
  const module = new URL('../../src/lib/ticker.ts', import.meta.url).pathname
  const program = `
    import { Ticker } from '${module}'
    new Ticker({ now: () => 0, date: () => 0 }, 5).add({ tick() {} })
  `
  const run = Bun.spawn([process.execPath, '-e', program], { stdout: 'ignore', stderr: 'inherit' })
  const ended = await Promise.race([run.exited, Bun.sleep(5_000).then(() => 'still running')])
  run.kill()
  expect(ended).toBe(0)
})

test('F16: after the loop stood still, what came meanwhile is read before anybody is told the time', async () => {
  const said: string[] = []
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port: 0,
    socket: { data: (_, bytes) => void said.push(bytes.toString()) },
  })
  const socket = await Bun.connect({ hostname: '127.0.0.1', port: server.port, socket: { data: () => {} } })
  const ticker = new Ticker({ now: () => performance.now(), date: () => 0 }, 20)
  const { promise, resolve } = Promise.withResolvers<void>()
  const item = {
    tick: () => {
      said.push('tick')
      resolve()
    },
  }
  ticker.add(item)
  socket.write('bytes')
  const until = performance.now() + 150
  while (performance.now() < until);
  await promise
  ticker.delete(item)
  expect(said).toEqual(['bytes', 'tick'])
  socket.end()
  server.stop(true)
})
