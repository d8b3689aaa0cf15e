import { afterEach, expect, test } from 'bun:test'
import { Tokenizer, type TokenizerOptions } from '../../src/usage/tokenizer'

const STUCK = new URL('./tokenizer-stuck.ts', import.meta.url).href
const bytes = (text: string) => Buffer.from(text)
const request = (content: unknown) => bytes(JSON.stringify({ messages: [{ role: 'user', content }] }))

let started: Tokenizer[] = []
function start(options?: TokenizerOptions): Tokenizer {
  const tokenizer = new Tokenizer(options)
  started.push(tokenizer)
  return tokenizer
}
afterEach(() => {
  for (const tokenizer of started) tokenizer.stop()
  started = []
})

test('counts a prompt and the texts of its answer in a thread', async () => {
  // 3 for the answer’s start, 3 for the message, 1 for `user`, 2 for the text.
  expect(await start().count(request('hello world'), ['2 + 2 = 4', 'hello world'])).toEqual({
    input: 9,
    output: 9,
  })
})

test('does not hold up the event loop', async () => {
  const tokenizer = start()
  await tokenizer.count(request('warm'), [])
  let longestMs = 0
  let last = performance.now()
  const beat = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last)
    last = performance.now()
  }, 1)
  const began = performance.now()
  const tokens = await tokenizer.count(request("a'S".repeat(1_000_000)), [])
  const tookMs = performance.now() - began
  clearInterval(beat)
  expect(tokens!.input).toBeGreaterThan(1_000_000)
  expect(longestMs).toBeLessThan(tookMs / 2)
})

test('what cannot be counted loses its own count alone', async () => {
  const tokenizer = start()
  const counts = [request('hello world'), bytes('no JSON'), request('hello world')].map(each =>
    tokenizer.count(each, []),
  )
  expect(await Promise.all(counts)).toEqual([{ input: 9, output: 0 }, undefined, { input: 9, output: 0 }])
  expect(tokenizer.isRunning).toBe(true)
})

test('a job that kills the thread is not counted, the others are', async () => {
  const tokenizer = start({ program: STUCK })
  const counts = ['a', 'die', 'abc'].map(word => tokenizer.count(bytes(word), ['t']))
  expect(await Promise.all(counts)).toEqual([{ input: 1, output: 1 }, undefined, { input: 3, output: 1 }])
})

test('a job that hangs is given up at its deadline, with its thread; later ones get a new one', async () => {
  const tokenizer = start({ program: STUCK, deadlineMs: 300 })
  await tokenizer.count(bytes('warm'), [])
  const began = performance.now()
  expect(await tokenizer.count(bytes('hang'), [])).toBeUndefined()
  expect(performance.now() - began).toBeGreaterThanOrEqual(295)
  expect(await tokenizer.count(bytes('abc'), [])).toEqual({ input: 3, output: 0 })
})

test('a job whose deadline comes while it waits its turn leaves the thread alone', async () => {
  const tokenizer = start({ program: STUCK, deadlineMs: 350 })
  await tokenizer.count(bytes('warm'), [])
  const counts = await Promise.all(Array.from({ length: 8 }, () => tokenizer.count(bytes('slow'), [])))
  const counted = counts.filter(tokens => tokens !== undefined)
  expect(counted.length).toBeGreaterThanOrEqual(1)
  expect(counted.length).toBeLessThan(8)
  expect(await tokenizer.count(bytes('abc'), [])).toEqual({ input: 3, output: 0 })
})

test('takes 1024 jobs and no more, and again as many once they are done', async () => {
  const tokenizer = start()
  for (let round = 0; round < 2; round++) {
    const counts = await Promise.all(Array.from({ length: 1_040 }, () => tokenizer.count(request('hi'), [])))
    expect(counts.map(tokens => tokens !== undefined)).toEqual([
      ...Array(1_024).fill(true),
      ...Array(16).fill(false),
    ])
  }
})

test('takes 8 MiB in one job and 32 MiB in all', async () => {
  const tokenizer = start({ program: STUCK })
  const MiB = 1024 * 1024
  const sized = (size: number) => tokenizer.count(new Uint8Array(size - 1), ['x'])
  expect(await sized(8 * MiB + 1)).toBeUndefined()
  const counts = await Promise.all(Array.from({ length: 5 }, () => sized(8 * MiB)))
  expect(counts.map(tokens => tokens?.output)).toEqual([1, 1, 1, 1, undefined])
  expect(await sized(8 * MiB)).toEqual({ input: expect.any(Number), output: 1 })
})

test('its thread ends when nobody needs it, and a new one begins when somebody does', async () => {
  const tokenizer = start({ program: STUCK, idleMs: 50 })
  await tokenizer.count(bytes('a'), [])
  expect(tokenizer.isRunning).toBe(true)
  await Bun.sleep(200)
  expect(tokenizer.isRunning).toBe(false)
  expect(await tokenizer.count(bytes('abc'), [])).toEqual({ input: 3, output: 0 })
})

test('stopped, it answers everybody who waits, and counts nothing more', async () => {
  const tokenizer = start({ program: STUCK })
  const counts = ['hang', 'a', 'b'].map(word => tokenizer.count(bytes(word), []))
  await Bun.sleep(50)
  tokenizer.stop()
  expect(await Promise.all(counts)).toEqual([undefined, undefined, undefined])
  expect(await tokenizer.count(bytes('abc'), [])).toBeUndefined()
  expect(tokenizer.isRunning).toBe(false)
})
