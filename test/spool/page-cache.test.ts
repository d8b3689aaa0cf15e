import { dlopen, ptr } from 'bun:ffi'
import { expect, test } from 'bun:test'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetPages } from '../../src/spool/page-cache'

const PAGE_BYTES = 4096
const PAGES = 64

/** How many of the file's first pages are in memory: mincore(2) tells it of a mapping without touching it. */
function residentPages(path: string): number {
  const { symbols } = dlopen('libc.so.6', { mincore: { args: ['ptr', 'u64', 'ptr'], returns: 'i32' } })
  const mapped = Bun.mmap(path)
  const told = new Uint8Array(PAGES)
  expect(symbols.mincore(ptr(mapped), PAGES * PAGE_BYTES, ptr(told))).toBe(0)
  return told.filter(page => (page & 1) === 1).length
}

/** A temporary folder in memory has nothing that could be let go of. */
const isOnDisk = Bun.spawnSync(['stat', '-f', '-c', '%T', tmpdir()]).stdout.toString().trim() !== 'tmpfs'

test.skipIf(process.platform !== 'linux' || !isOnDisk)(
  'of a file that the disk has no page is in memory once they are forgotten',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'page-cache-'))
    const path = join(folder, 'file')
    const descriptor = openSync(path, 'wx+')
    try {
      writeSync(descriptor, new Uint8Array(PAGES * PAGE_BYTES).fill(65))
      fdatasyncSync(descriptor)
      const before = residentPages(path)
      forgetPages(descriptor)
      expect({ before, after: residentPages(path) }).toEqual({ before: PAGES, after: 0 })
    } finally {
      closeSync(descriptor)
      rmSync(folder, { recursive: true })
    }
  },
)
