import { dlopen, FFIType } from 'bun:ffi'

const CLOCK_MONOTONIC = 1
const C_LIBRARIES = ['libc.so.6', 'libc.musl-x86_64.so.1', 'libc.musl-aarch64.so.1']

/**
 * Bun's own monotonic clocks count from the start of the process, so two processes cannot compare them.
 * The distance to the machine's CLOCK_MONOTONIC is taken once, from the tightest of many readings.
 */
function distanceUs(): number {
  for (const name of C_LIBRARIES) {
    try {
      const library = dlopen(name, {
        clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
      })
      return tightest(time => library.symbols.clock_gettime(CLOCK_MONOTONIC, time))
    } catch {}
  }
  return performance.timeOrigin * 1000
}

function tightest(read: (time: BigInt64Array) => number): number {
  const time = new BigInt64Array(2)
  let narrowest = Number.POSITIVE_INFINITY
  let distance = 0
  for (let attempt = 0; attempt < 200; attempt++) {
    const before = performance.now()
    read(time)
    const after = performance.now()
    if (after - before >= narrowest) continue
    narrowest = after - before
    distance = Number(time[0]) * 1e6 + Number(time[1]) / 1e3 - ((before + after) / 2) * 1000
  }
  return distance
}

const DISTANCE_US = distanceUs()

/** Microseconds on a clock that all processes of this machine share. */
export const sharedUs = (): number => DISTANCE_US + performance.now() * 1000
