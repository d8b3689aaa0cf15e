import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Archive } from '../../src/spool/archive'
import { nodeDisk } from '../../src/spool/node-disk'
import { encodeFrame } from './encode-frame'
import { canForgetPages, residentPages } from './resident-pages'

const NOW = 1_790_000_000_000
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'archive-'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** A folder of segments in front of an archive; the bytes of each are written whole. */
function setUp(options = {}) {
  const live = join(root, 'live')
  const stored = join(root, 'stored')
  mkdirSync(live)
  const archive = new Archive(stored, { date: () => NOW, leastFreeBytes: 0, ...options })
  const disk = archive.behind(live, nodeDisk(live))
  const remove = (name: string, bytes: Uint8Array) => {
    const file = disk.create(name)
    file.write(bytes, 0)
    file.close()
    disk.remove(name)
  }
  return {
    archive,
    disk,
    remove,
    live: () => readdirSync(live),
    stored: () => readdirSync(stored).toSorted(),
    folder: stored,
  }
}
const RECORD = encodeFrame('end', '{}')

test('a segment that is removed is kept, one that held nothing is not', () => {
  const { remove, live, stored } = setUp()
  remove('a-1.spool', RECORD)
  remove('a-2.spool', new Uint8Array(64))
  expect({ live: live(), stored: stored() }).toEqual({ live: [], stored: ['a-1.spool'] })
})

test.skipIf(!canForgetPages)('a segment that is kept takes no memory', async () => {
  const { disk, stored, folder } = setUp()
  const file = disk.create('a-1.spool')
  file.write(RECORD, 0)
  await file.sync()
  file.close()
  disk.remove('a-1.spool')
  expect(stored()).toEqual(['a-1.spool'])
  expect(residentPages(join(folder, 'a-1.spool'))).toBe(0)
})

test('where nothing can be kept, the spool has its room back', () => {
  const { remove, live, folder } = setUp()
  rmSync(folder, { recursive: true })
  remove('a-1.spool', RECORD)
  expect(live()).toEqual([])
})

test('what was kept for a day goes, counted from when it was stored', () => {
  const { archive, remove, stored, folder } = setUp()
  remove('a-1.spool', RECORD)
  remove('a-2.spool', RECORD)
  const dayAgo = NOW / 1_000 - 24 * 3_600
  utimesSync(join(folder, 'a-1.spool'), dayAgo - 1, dayAgo - 1)
  utimesSync(join(folder, 'a-2.spool'), dayAgo + 1, dayAgo + 1)
  archive.trim()
  expect(stored()).toEqual(['a-2.spool'])
})

test('the oldest gives way when there is too much', () => {
  const { remove, stored, folder } = setUp({ maxBytes: 2.5 * RECORD.length })
  for (const number of [1, 2, 3]) {
    remove(`a-${number}.spool`, RECORD)
    const storedAt = NOW / 1_000 - 3 + number
    if (number < 3) utimesSync(join(folder, `a-${number}.spool`), storedAt, storedAt)
  }
  expect(stored()).toEqual(['a-2.spool', 'a-3.spool'])
})

test('all of it gives way when the disk is short', () => {
  const { remove, stored, disk } = setUp({ leastFreeBytes: Number.MAX_SAFE_INTEGER })
  remove('a-1.spool', RECORD)
  expect(disk.freeBytes()).toBeGreaterThan(0)
  expect(stored()).toEqual([])
})
