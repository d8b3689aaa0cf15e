import { expect, test } from 'bun:test'
import { encodeFrame } from './encode-frame'
import { startSpool } from './start-spool'

const FRAME = encodeFrame('end', 'x').length

async function setUp(memoryBytes: number, values: unknown[]) {
  const started = startSpool({ memoryBytes })
  const { spool, settle } = started
  await settle()
  const segment = spool.segments[0]!
  const commit = async (value: unknown) => {
    const safe = spool.commit('x', undefined, value)
    await settle()
    await safe
  }
  for (const value of values) await commit(value)
  const recall = (most = 100) => spool.memory.recall(segment, most)
  const ship = (position: number) => {
    segment.shipped = position
    spool.memory.release(segment, position)
  }
  return { ...started, segment, commit, recall, ship }
}

test('ends are recalled in their order, so many at a time, and forgotten when they are stored', async () => {
  const { recall, ship, segment } = await setUp(1_000, [1, 2, 3])
  expect(recall(2)).toEqual({ values: [1, 2], end: 2 * FRAME })
  ship(2 * FRAME)
  expect(recall()).toEqual({ values: [3], end: 3 * FRAME })
  ship(3 * FRAME)
  expect(recall()).toEqual({ values: [], end: segment.flushed })
})

test('what the kernel does not have yet is not recalled', async () => {
  const { recall, spool, settle } = await setUp(1_000, [1])
  const safe = spool.commit('x', undefined, 2)
  expect(recall()).toEqual({ values: [1], end: FRAME })
  await settle()
  await safe
  expect(recall()?.values).toEqual([1, 2])
})

test('beyond its room a segment is forgotten, and nothing is remembered until something was stored', async () => {
  const { recall, ship, commit, segment } = await setUp(2 * FRAME, [1, 2, 3])
  expect(recall()).toBeUndefined()
  await commit(4)
  expect(segment.ends).toHaveLength(0)
  ship(3 * FRAME)
  await commit(5)
  // The fourth must be read from the disk first.
  expect(recall()).toBeUndefined()
  ship(4 * FRAME)
  expect(recall()).toEqual({ values: [5], end: 5 * FRAME })
})

test('what an earlier segment has is kept while a later one has no room', async () => {
  const { recall, commit, spool, segment } = await setUp(4_096 + 10 * FRAME, [])
  while (spool.segments.length === 1) await commit('x')
  const { length } = segment.ends
  for (let n = 0; n < 40; n++) await commit('x')
  expect(length).toBeGreaterThan(200)
  expect(recall(1_000)?.values).toHaveLength(length)
  expect(spool.segments[1]?.ends).toEqual([])
})

test('an end that came without its value must be read, and those before it with it', async () => {
  const { recall } = await setUp(1_000, [1, undefined])
  expect(recall()).toBeUndefined()
})
