import { dlopen } from 'bun:ffi'

/** glibc's and musl's names for it. */
const LIBRARIES = ['libc.so.6', 'libc.so']
const SYMBOLS = { posix_fadvise: { args: ['i32', 'i64', 'i64', 'i32'], returns: 'i32' } } as const
const POSIX_FADV_DONTNEED = 4

type Advise = (descriptor: number, offset: number, bytes: number, advice: number) => number
let advise: Advise | undefined

/**
 * Has the kernel let go of the memory that an open file's pages take, where the disk has them (posix_fadvise, POSIX.1-2001):
 * for a file that nobody is going to read. Where it cannot be asked, nothing happens.
 */
export function forgetPages(descriptor: number): void {
  advise ??= load()
  advise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
}

function load(): Advise {
  for (const library of LIBRARIES) {
    try {
      return dlopen(library, SYMBOLS).symbols.posix_fadvise
    } catch {
      // The other one, or no Linux at all.
    }
  }
  return () => 0
}
