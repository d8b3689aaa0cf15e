import { expect, spyOn, test } from 'bun:test'
import type { SpoolDeps } from '../../src/spool/spool-deps'
import { encodeFrame } from './encode-frame'
import { startSpool } from './start-spool'

const FRAME = encodeFrame('end', 'x').length
/** So many ends fill a page, whose lines are shorter than their frames. */
const PAGE_ENDS = 3
const PAGE = 2 * 2 + FRAME

/** What was said of a page's ends. */
class Values {
  readonly all: unknown[] = []
  add(value: unknown): void {
    this.all.push(value)
  }
}

async function setUp(memoryBytes: number, payloads: string[], options: Partial<SpoolDeps> = {}) {
  const started = startSpool({ memoryBytes, pageBytes: PAGE, newTally: () => new Values(), ...options })
  const { spool, settle } = started
  await settle()
  const segment = spool.segments[0]!
  const commit = async (payload: string) => {
    const safe = spool.commit(payload, undefined, payload)
    await settle()
    await safe
  }
  for (const payload of payloads) await commit(payload)
  const recall = (of = segment) => {
    const recalled = spool.memory.recall(of, of.end)
    return recalled && { lines: recalled.page?.lines.split('\n') ?? [], end: recalled.end }
  }
  return { ...started, segment, commit, recall }
}

test('ends are recalled in their order, a page at a time, and forgotten when they are stored', async () => {
  const { recall, spool, segment } = await setUp(1_000, ['1', '2', '3', '4'])
  expect(recall()).toEqual({ lines: ['1', '2', '3'], end: PAGE_ENDS * FRAME })
  expect(recall()).toEqual({ lines: ['1', '2', '3'], end: PAGE_ENDS * FRAME })
  spool.memory.stored(segment, PAGE_ENDS * FRAME)
  expect(recall()).toEqual({ lines: ['4'], end: 4 * FRAME })
  spool.memory.stored(segment, 4 * FRAME)
  expect(recall()).toEqual({ lines: [], end: segment.flushed })
})

test('a page has a statement’s worth of ends, however short they are', async () => {
  const payloads = Array.from({ length: 510 }, () => '1')
  const { recall } = await setUp(1e6, payloads, { pageBytes: 1e5, segmentBytes: 1e5 })
  expect(recall()?.lines).toHaveLength(500)
})

test('nothing is added to a page that was recalled: it may be on its way', async () => {
  const { recall, commit, spool, segment } = await setUp(1_000, ['1'])
  expect(recall()).toEqual({ lines: ['1'], end: FRAME })
  await commit('2')
  expect(recall()).toEqual({ lines: ['1'], end: FRAME })
  spool.memory.stored(segment, FRAME)
  expect(recall()).toEqual({ lines: ['2'], end: 2 * FRAME })
})

test('what was written since the goal was set is left for the next time', async () => {
  const { commit, spool, segment } = await setUp(1_000, ['1', '2', '3'])
  const goal = segment.flushed
  for (const payload of ['4', '5']) await commit(payload)
  spool.memory.stored(segment, spool.memory.recall(segment, goal)!.end)
  expect(spool.memory.recall(segment, goal)).toEqual({ page: undefined, end: goal })
})

test('what is recalled the kernel has', async () => {
  const { recall, segment, spool, settle } = await setUp(1_000, ['1'])
  const safe = spool.commit('2', undefined, '2')
  expect(segment.flushed).toBe(FRAME)
  expect(recall()).toEqual({ lines: ['1', '2'], end: 2 * FRAME })
  expect(segment.flushed).toBe(2 * FRAME)
  await settle()
  await safe
})

test('what the kernel does not take is not recalled, but with the segment that it goes to', async () => {
  const { recall, segment, spool, settle } = await setUp(1_000, ['1'])
  const safe = spool.commit('2', undefined, '2')
  spyOn(segment, 'flush').mockImplementationOnce(() => {
    throw new Error('EIO')
  })
  expect(recall()).toBeUndefined()
  await settle()
  await safe
  // The first has to be read from where it stands.
  expect([segment.hasFailed, recall()]).toEqual([true, undefined])
  expect(recall(spool.segments[1]!)).toMatchObject({ lines: ['2'] })
})

test('of the same bytes as they were written, each with its value', async () => {
  const { spool, segment } = await setUp(1_000, ['"ü"', '"…"'])
  const { page } = spool.memory.recall(segment, segment.end)!
  expect(page!.lines).toBe('"ü"')
  expect((page!.tally as Values).all).toEqual(['"ü"'])
  spool.memory.stored(segment, page!.end)
  expect(spool.memory.recall(segment, segment.end)!.page!.lines).toBe('"…"')
})

test('beyond its room a segment is forgotten, and nothing is remembered until something was stored', async () => {
  const { recall, commit, spool, segment } = await setUp(PAGE, ['1', '2', '3', '4'])
  expect(recall()).toBeUndefined()
  await commit('5')
  expect(segment.pages).toHaveLength(0)
  spool.memory.stored(segment, 4 * FRAME)
  await commit('6')
  // The fifth must be read from the disk first.
  expect(recall()).toBeUndefined()
  spool.memory.stored(segment, 5 * FRAME)
  expect(recall()).toEqual({ lines: ['6'], end: 6 * FRAME })
})

test('one that is longer than a page must be read, and those before it with it; those behind it need not', async () => {
  const { recall, spool, segment } = await setUp(1_000, ['1', 'x'.repeat(PAGE), '2'])
  expect(recall()).toBeUndefined()
  const behind = segment.end - FRAME
  spool.memory.stored(segment, behind)
  expect(recall()).toEqual({ lines: ['2'], end: segment.end })
})

test('what an earlier segment has is kept while a later one has no room', async () => {
  const { commit, spool, segment } = await setUp(PAGE * 110, [])
  while (spool.segments.length === 1) await commit('x')
  const { length } = segment.pages
  expect(length).toBeGreaterThan(90)
  for (let n = 0; n < 80; n++) await commit('x')
  expect(segment.pages).toHaveLength(length)
  expect(spool.segments[1]?.pages).toEqual([])
})
