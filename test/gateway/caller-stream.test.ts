import { expect, test } from 'bun:test'
import { CallerStream } from '../../src/gateway/caller-stream'
import { Ticker } from '../../src/lib/ticker'
import { KEEP_ALIVE } from '../../src/wire/sse'
import { FakeClock } from './fake-clock'

/** A caller's stream with its socket in the test's hands. */
function setUp(socket: (bytes: Uint8Array) => number | Promise<number> = bytes => bytes.length) {
  const clock = new FakeClock()
  const ticker = new Ticker(clock, 1_000_000)
  const written: Uint8Array[] = []
  let left = 0
  let ended = 0
  let closed = 0
  const stream = new CallerStream({ clock, ticker }, () => left++)
  const controller = {
    write(bytes: Uint8Array) {
      written.push(bytes)
      return socket(bytes)
    },
    end: () => ended++,
    close: () => closed++,
  }
  // biome-ignore lint/complexity/useLiteralKeys: the server calls it, through the stream's source
  const begin = () => stream['begin'](controller as unknown as ReadableStreamDirectController)
  const pass = (ms: number) => {
    clock.advance(ms)
    ticker.tick()
  }
  return { stream, ticker, written, begin, pass, left: () => left, ended: () => ended, closed: () => closed }
}

const EVENT = Buffer.from('data: {}\n\n')

test('wire 24: a comment goes out after 15 s of silence, and every 15 s after', () => {
  const { stream, written, begin, pass } = setUp()
  begin()
  void stream.write(EVENT)
  pass(14_900)
  expect(written).toEqual([EVENT])
  pass(100)
  expect(written).toEqual([EVENT, KEEP_ALIVE])
  pass(14_900)
  expect(written).toHaveLength(2)
  pass(100)
  expect(written).toEqual([EVENT, KEEP_ALIVE, KEEP_ALIVE])
})

test('an event puts the comment off', () => {
  const { stream, written, begin, pass } = setUp()
  begin()
  for (let round = 0; round < 10; round++) {
    pass(10_000)
    void stream.write(EVENT)
  }
  expect(written).toEqual(Array(10).fill(EVENT))
})

test('wire 62, 63: the keep-alive is a comment with its blank line, and never more than four a minute', () => {
  expect(Buffer.from(KEEP_ALIVE).toString()).toMatch(/^: [a-z-]+\n\n$/)
  const { written, begin, pass } = setUp()
  begin()
  for (let second = 0; second < 3600; second++) pass(1000)
  expect(written).toHaveLength(240)
})

test('what is written before the server asks is handed over in order, the same objects', () => {
  const { stream, written, begin, ended } = setUp()
  const events = [Buffer.from('a\n\n'), Buffer.from('b\n\n')]
  for (const event of events) void stream.write(event)
  stream.end()
  begin()
  expect(written.every((bytes, index) => Object.is(bytes, events[index]))).toBe(true)
  expect(ended()).toBe(1)
})

test('nothing is written after the end, and no comment either', () => {
  const { stream, ticker, written, begin, pass, ended } = setUp()
  begin()
  stream.end()
  stream.end()
  void stream.write(EVENT)
  pass(60_000)
  expect([written.length, ended(), ticker.size]).toEqual([0, 1, 0])
})

test('T11, F57: a caller that takes nothing for 60 s is gone, and what waits for it is thrown away', async () => {
  const { stream, written, begin, pass, left, closed } = setUp(() => new Promise(() => {}))
  begin()
  void stream.write(EVENT)
  pass(59_000)
  expect([left(), written.length]).toEqual([0, 1])
  pass(2_000)
  expect([left(), closed()]).toEqual([1, 1])
})

test('F56: a caller that reads on is not gone, and holds the vendor back meanwhile', async () => {
  let take = (_taken: number) => {}
  const { stream, begin, pass, left } = setUp(() => new Promise(resolve => (take = resolve)))
  begin()
  let went = false
  const writing = Promise.resolve(stream.write(EVENT)).then(() => (went = true))
  pass(50_000)
  expect(went).toBe(false)
  take(EVENT.length)
  await writing
  pass(14_000)
  expect(left()).toBe(0)
})

test('a socket that fails while it takes bytes means that the caller left', async () => {
  const { stream, begin, left } = setUp(() => Promise.reject(new Error('closed')))
  begin()
  await stream.write(EVENT)
  expect(left()).toBe(1)
})
