import { edenGC, fullGC, heapStats } from 'bun:jsc'
import { describe, expect, test } from 'bun:test'
import { Roster } from '../../src/lib/roster'

describe('a roster', () => {
  test('has who was added and not deleted, and gives a place away again', () => {
    const roster = new Roster<{ name: string }>()
    const [a, b, c] = ['a', 'b', 'c'].map(name => ({ name }))
    const places = [roster.add(a!), roster.add(b!)]
    expect(roster.delete(a!, places[0])).toBe(true)
    expect(roster.add(c!)).toBe(places[0]!)
    expect([...roster]).toEqual([c!, b!])
    expect(roster.size).toBe(2)
  })

  test('does not take out another who stands in the place of one that has gone', () => {
    const roster = new Roster<object>()
    const [gone, there] = [{}, {}]
    const place = roster.add(gone)
    roster.delete(gone, place)
    roster.add(there)
    expect(roster.delete(gone, place)).toBe(false)
    expect(roster.delete(there, undefined)).toBe(false)
    expect([...roster]).toEqual([there])
  })

  test('who is deleted while it is gone through does not come', () => {
    const roster = new Roster<object>()
    const [first, second, third] = [{}, {}, {}]
    roster.add(first)
    const place = roster.add(second)
    roster.add(third)
    const came: object[] = []
    for (const item of roster) {
      came.push(item)
      roster.delete(second, place)
    }
    expect(came).toEqual([first, third])
  })
})

/** Heaps count their objects by kind: this one has nothing else of it. */
const passersThere = () => heapStats().objectTypeCounts.Float64Array ?? 0

/** How many of those who passed through, 64 at a time, are still there after collections of what is young. */
function leftBehind(enter: (passer: Float64Array) => () => void): number {
  const inside: (() => void)[] = []
  fullGC()
  const before = passersThere()
  for (let round = 0; round < 6; round++) {
    for (let n = 0; n < 2_000; n++) {
      inside.push(enter(new Float64Array(8)))
      if (inside.length > 64) inside.shift()?.()
    }
    edenGC()
  }
  return passersThere() - before
}

test('of 12,000 who pass through it some hundreds wait for a full collection, and thousands that pass through a Set', () => {
  const roster = new Roster<Float64Array>()
  const set = new Set<Float64Array>()
  const throughRoster = leftBehind(passer => {
    const place = roster.add(passer)
    return () => roster.delete(passer, place)
  })
  const throughSet = leftBehind(passer => {
    set.add(passer)
    return () => set.delete(passer)
  })
  expect(throughRoster).toBeLessThan(1_000)
  // Where this fails the engine has learned better, and a Set will do.
  expect(throughSet).toBeGreaterThan(2_000)
})
