import { expect, test } from 'bun:test'
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { forgetPages } from '../../src/spool/page-cache'
import { canForgetPages, residentPages } from './resident-pages'

const PAGES = 64

test.skipIf(!canForgetPages)(
  'of a file that the disk has no page is in memory once they are forgotten',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'page-cache-'))
    const path = join(folder, 'file')
    const descriptor = openSync(path, 'wx+')
    try {
      writeSync(descriptor, new Uint8Array(PAGES * 4096).fill(65))
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
