import { dlopen, ptr } from 'bun:ffi'
import { expect } from 'bun:test'
import { tmpdir } from 'node:os'

const PAGE_BYTES = 4096

/** A temporary folder in memory has nothing that could be let go of, and only Linux is asked. */
export const canForgetPages =
  process.platform === 'linux' &&
  Bun.spawnSync(['stat', '-f', '-c', '%T', tmpdir()]).stdout.toString().trim() !== 'tmpfs'

/** How many of the file's pages are in memory: mincore(2) tells it of a mapping without touching it. */
export function residentPages(path: string): number {
  const { symbols } = dlopen('libc.so.6', { mincore: { args: ['ptr', 'u64', 'ptr'], returns: 'i32' } })
  const mapped = Bun.mmap(path)
  const told = new Uint8Array(Math.ceil(mapped.length / PAGE_BYTES))
  expect(symbols.mincore(ptr(mapped), mapped.length, ptr(told))).toBe(0)
  return told.filter(page => (page & 1) === 1).length
}
