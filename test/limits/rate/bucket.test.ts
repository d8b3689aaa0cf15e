import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { Bucket, PARTS } from '../../../src/limits/rate/bucket'

/** The same in fractions, computed anew from everything that ever happened. */
function naive(capacity: number, events: readonly Event[]): { admitted: boolean[]; level: number } {
  let [level, at] = [BigInt(capacity) * 60_000n, 0n]
  const full = level
  const admitted: boolean[] = []
  for (const { to, units, put } of events) {
    const now = BigInt(to)
    if (now > at) {
      level += (now - at) * BigInt(capacity)
      at = now
    }
    if (level > full) level = full
    if (put) {
      level += BigInt(units) * 60_000n
      if (level > full) level = full
    } else {
      admitted.push(level >= BigInt(units) * 60_000n)
      if (admitted.at(-1)) level -= BigInt(units) * 60_000n
    }
  }
  return { admitted, level: Number(level) }
}

interface Event {
  /** The clock's reading, which may stand still, jump, or go back. */
  to: number
  units: number
  put: boolean
}

const event: fc.Arbitrary<Event> = fc.record({
  to: fc.integer({ min: 0, max: 200_000 }),
  units: fc.integer({ min: 0, max: 50 }),
  put: fc.boolean(),
})

test('lets through exactly what a naive reference does, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(event, { maxLength: 60 }), (capacity, events) => {
      const bucket = new Bucket(capacity, 0)
      const admitted: boolean[] = []
      for (const { to, units, put } of events) {
        if (put) bucket.put(units, to)
        else admitted.push(bucket.take(units, to))
      }
      const last = events.at(-1)?.to ?? 0
      expect({ admitted, level: bucket.level(last) }).toEqual(naive(capacity, events))
    }),
    { numRuns: 2_000 },
  )
})

test('what it says to wait is what it takes, to the millisecond', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000_000 }),
      fc.integer({ min: 1, max: 1_000_000_000 }),
      (capacity, units) => {
        const bucket = new Bucket(capacity, 0, 0)
        const ms = bucket.msUntil(units, 0)
        if (units > capacity) return expect(ms).toBe(Number.POSITIVE_INFINITY)
        expect(new Bucket(capacity, 0, 0).take(units, ms - 1)).toBe(false)
        expect(bucket.take(units, ms)).toBe(true)
      },
    ),
  )
})

test('gives a burst of the whole minute at once, and then one by one', () => {
  const bucket = new Bucket(60, 0)
  expect(Array.from({ length: 61 }, () => bucket.take(1, 0)).filter(Boolean)).toHaveLength(60)
  expect(bucket.msUntil(1, 0)).toBe(1_000)
  expect(bucket.take(1, 999)).toBe(false)
  expect(bucket.take(1, 1_000)).toBe(true)
})

test('what was used beyond what was taken is paid back first', () => {
  const bucket = new Bucket(60, 0)
  bucket.take(60, 0)
  bucket.put(-30, 0)
  expect(bucket.remaining(0)).toBe(0)
  expect(bucket.msUntil(1, 0)).toBe(31_000)
})

test('parts are neither made nor lost where a bucket is parted', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000 }),
      fc.integer({ min: -100, max: 1_000 }),
      fc.integer({ min: 0, max: 1_000 }),
      (capacity, level, keep) => {
        fc.pre(level <= capacity && keep <= capacity)
        const bucket = new Bucket(capacity, 0, level * PARTS)
        const parts = bucket.shrink(keep, 0)
        expect(bucket.level(0) + parts).toBe(level * PARTS)
        expect(bucket.level(0)).toBeLessThanOrEqual(keep * PARTS)
        expect(parts).toBeLessThanOrEqual((capacity - keep) * PARTS)
      },
    ),
  )
})
