import { expect, test } from 'bun:test'
import { scanFrames } from '../../src/spool/frame'
import { Segment } from '../../src/spool/segment'
import { Chance } from './chance'
import { encodeFrame } from './encode-frame'
import { FakeDisk, NO_FAULTS } from './fake-disk'

function setUp(faults = NO_FAULTS) {
  const disk = new FakeDisk(new Chance(3), faults)
  const segment = new Segment('a', disk.create('a'), 1_000, Buffer.alloc(1_000))
  const content = () => disk.files.get('a')!.cached
  return { disk, segment, content }
}

test('appended bytes reach the kernel whole and in order, however little each write takes', () => {
  const { segment, content } = setUp({ ...NO_FAULTS, shortWrite: 0.4 })
  for (let n = 0; n < 50; n++) {
    segment.append('meter', `<${n}>`)
    // A write that takes nothing at all is a full disk; the same bytes go to the same place the next time.
    for (let isWritten = false; !isWritten; ) {
      try {
        segment.flush()
        isWritten = true
      } catch (error) {
        expect(error).toMatchObject({ code: 'ENOSPC' })
      }
    }
  }
  const texts = scanFrames(content()).frames.map(({ payload }) => Buffer.from(payload).toString())
  expect(texts).toEqual(Array.from({ length: 50 }, (_, n) => `<${n}>`))
  expect(segment.flushed).toBe(content().length)
})

test('a sync covers what was flushed before it, and no more', async () => {
  const { disk, segment } = setUp()
  segment.append('end', 'before')
  segment.flush()
  const synced = segment.sync()
  segment.append('end', 'after')
  segment.flush()
  disk.answerSync()
  await synced
  const [before, after] = ['before', 'after'].map(text => encodeFrame('end', text).length)
  expect(segment).toMatchObject({ flushed: before! + after!, synced: before! })
})

test('a file is closed after the sync that is under way, once', async () => {
  const { disk, segment } = setUp()
  const synced = segment.sync()
  segment.close()
  segment.close()
  expect(disk.openFiles).toBe(1)
  disk.answerSync()
  await synced
  expect(disk.openFiles).toBe(0)
})
