import { expect, test } from 'bun:test'
import { Crew, type WorkerProcess } from '../../../src/boot/workers/crew'
import { silentLog } from '../../../src/lib/log'

/** A worker whose life the test decides. */
class Played implements WorkerProcess {
  readonly serving: Promise<string>
  readonly ended: Promise<number>
  readonly signals: string[] = []
  serve: (text: string) => void = () => {}
  private fail: (error: Error) => void = () => {}
  private close: (code: number) => void = () => {}
  readonly pid: number

  constructor(pid: number) {
    this.pid = pid
    this.serving = new Promise((resolve, reject) => {
      this.serve = resolve
      this.fail = reject
    })
    this.ended = new Promise(resolve => {
      this.close = resolve
    })
  }

  signal(name: string): void {
    this.signals.push(name)
  }

  end(code: number): void {
    this.fail(new Error('ended'))
    this.close(code)
  }
}

function crewOf(size: number) {
  const started: Played[] = []
  const delays: { delayMs: number; wake: () => void }[] = []
  let now = 0
  const crew = new Crew({
    size,
    log: silentLog,
    clock: { now: () => now, date: () => now },
    endMs: 1_000,
    start() {
      const worker = new Played(started.length)
      started.push(worker)
      return worker
    },
    sleep: delayMs => new Promise(wake => delays.push({ delayMs, wake })),
  })
  const settle = async () => {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve()
  }
  /** Starts as many as are wanted and has all of them serve. */
  const begin = async () => {
    const text = crew.start()
    for (let at = 0; at < size; at++) {
      await settle()
      started[at]?.serve(`text ${at}`)
    }
    return text
  }
  return { crew, started, delays, settle, begin, pass: (ms: number) => (now += ms) }
}

test('the first worker serves before the others are started, and its text is what is printed', async () => {
  const { crew, started, settle } = crewOf(3)
  const text = crew.start()
  await settle()
  expect(started).toHaveLength(1)
  started[0]?.serve('hello')
  await settle()
  expect(started).toHaveLength(3)
  started[1]?.serve('')
  started[2]?.serve('')
  expect(await text).toBe('hello')
})

test('a first worker that cannot start ends the start', async () => {
  const { crew, started, settle } = crewOf(2)
  const text = crew.start()
  started[0]?.end(1)
  expect(text).rejects.toThrow('ended')
  await settle()
  expect(started).toHaveLength(1)
})

test('a worker that dies is replaced, later each time, and at once again after a healthy life', async () => {
  const { started, delays, settle, begin, pass } = crewOf(2)
  await begin()
  const dies = async () => {
    started.at(-1)?.end(137)
    await settle()
    delays.at(-1)?.wake()
    await settle()
    return delays.at(-1)?.delayMs
  }
  expect([await dies(), await dies(), await dies()]).toEqual([200, 400, 800])
  for (let times = 0; times < 5; times++) await dies()
  expect(delays.at(-1)?.delayMs).toBe(5_000)
  expect(started).toHaveLength(10)
  pass(60_000)
  expect(await dies()).toBe(100)
})

test('a roll replaces one after the other, the old one goes when the new one serves', async () => {
  const { crew, started, settle, begin } = crewOf(2)
  await begin()
  const rolled = crew.roll()
  await settle()
  expect(started).toHaveLength(3)
  expect(started[0]?.signals).toEqual([])
  started[2]?.serve('')
  await settle()
  expect(started[0]?.signals).toEqual(['SIGTERM'])
  expect(started).toHaveLength(4)
  started[0]?.end(0)
  started[3]?.serve('')
  await rolled
  expect(started[1]?.signals).toEqual(['SIGTERM'])
  started[1]?.end(0)
  await settle()
  expect(started).toHaveLength(4)
})

test('a roll whose new worker cannot serve leaves the old ones alone', async () => {
  const { crew, started, delays, settle, begin } = crewOf(2)
  await begin()
  const rolled = crew.roll()
  await settle()
  started[2]?.end(1)
  await rolled
  for (const { wake } of delays) wake()
  await settle()
  expect(started).toHaveLength(3)
  expect(started.flatMap(({ signals }) => signals)).toEqual([])
})

test('the end is told to all, old ones too, and its code is the worst', async () => {
  const { crew, started, settle, begin } = crewOf(2)
  await begin()
  void crew.roll()
  await settle()
  started[2]?.serve('')
  await settle()
  const code = crew.end()
  expect(started.map(({ signals }) => signals)).toEqual([
    ['SIGTERM', 'SIGTERM'],
    ['SIGTERM'],
    ['SIGTERM'],
    ['SIGTERM'],
  ])
  for (const [at, worker] of started.entries()) worker.end(at === 2 ? 1 : 0)
  expect(await code).toBe(1)
})

test('a worker that does not end in time is killed', async () => {
  const { crew, started, delays, settle, begin } = crewOf(2)
  await begin()
  const code = crew.end()
  started[0]?.end(0)
  await settle()
  delays.find(({ delayMs }) => delayMs === 1_000)?.wake()
  expect(await code).toBe(1)
  expect(started[1]?.signals).toEqual(['SIGTERM', 'SIGKILL'])
})
