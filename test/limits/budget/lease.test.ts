import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Dealt } from '../../../src/db/budget-turn'
import { Lease } from '../../../src/limits/budget/lease'
import { purseAt } from './authority'

const DATE = Date.UTC(2026, 10, 24, 10)
const DONE: Dealt = {
  leaseId: 'a',
  outcome: 'done',
  grantedPicoUsd: 0n,
  limitPicoUsd: 1_000n,
  spentPicoUsd: 0n,
  freePicoUsd: 0n,
  isOverdrawn: false,
  holding: 0,
  pending: 0,
}
const waiting = (picoUsd: bigint) => ({ leastPicoUsd: picoUsd, needPicoUsd: picoUsd })

/** A lease that was opened with so much. */
function opened(amount: bigint): Lease {
  const lease = new Lease('a', purseAt('t', 'k', 'day', DATE), 0)
  lease.next(0, DATE, waiting(amount))
  lease.answer({ ...DONE, grantedPicoUsd: amount })
  return lease
}

test('room is what was granted less what is held and what is not booked yet', () => {
  const lease = opened(100n)
  expect(lease.reserve(60n)).toBe(true)
  expect(lease.reserve(41n)).toBe(false)
  lease.settle(60n, 25n)
  expect([lease.roomPicoUsd, lease.usedPicoUsd]).toEqual([75n, 25n])
  lease.booked(25n)
  expect([lease.roomPicoUsd, lease.usedPicoUsd]).toEqual([75n, 0n])
})

test('a cost beyond what was reserved leaves that much less room, also less than none', () => {
  const lease = opened(100n)
  lease.reserve(60n)
  lease.settle(60n, 130n)
  expect(lease.roomPicoUsd).toBe(-30n)
  lease.booked(130n)
  expect([lease.roomPicoUsd, lease.reserve(0n)]).toEqual([-30n, false])
})

test('a question whose fate is open comes again as it was, and is answered once', () => {
  const lease = new Lease('a', purseAt('t', 'k', 'day', DATE), 0)
  const asked = lease.next(0, DATE, waiting(40n))
  expect(lease.next(5_000, DATE, waiting(90n))).toBe(asked)
  lease.answer({ ...DONE, outcome: 'again' })
  expect(lease.next(6_000, DATE, undefined)).toBe(asked)
  lease.answer({ ...DONE, grantedPicoUsd: 40n })
  lease.answer({ ...DONE, grantedPicoUsd: 40n })
  expect(lease.roomPicoUsd).toBe(40n)
})

test('of a budget that was changed nothing is reserved until all that is idle was given back and the answer came', () => {
  const lease = opened(100n)
  lease.reserve(30n)
  lease.changed()
  expect([lease.roomPicoUsd, lease.isCertain]).toEqual([0n, false])
  expect(lease.next(1, DATE, undefined)).toMatchObject({ givePicoUsd: 70n, usedPicoUsd: 30n })
  expect(lease.answer({ ...DONE, limitPicoUsd: 10n, spentPicoUsd: 12n })).toBe(true)
  expect([lease.roomPicoUsd, lease.isCertain, lease.limitPicoUsd]).toEqual([0n, true, 10n])
})

test('of a budget that is overdrawn what comes free is given back, and not reserved again', () => {
  const lease = opened(100n)
  lease.reserve(90n)
  lease.changed()
  lease.next(1, DATE, undefined)
  lease.answer({ ...DONE, limitPicoUsd: 1n, isOverdrawn: true })
  lease.settle(90n, 5n)
  expect([lease.roomPicoUsd, lease.reserve(1n)]).toEqual([0n, false])
  expect(lease.next(3, DATE, waiting(1n))).toMatchObject({ givePicoUsd: 85n, needPicoUsd: 1n })
  lease.answer({ ...DONE, grantedPicoUsd: 1n })
  expect(lease.roomPicoUsd).toBe(1n)
})

test('a change that comes while a question is under way is not answered by that', () => {
  const lease = opened(100n)
  lease.next(1, DATE, waiting(500n))
  lease.changed()
  expect(lease.answer({ ...DONE, grantedPicoUsd: 500n })).toBe(false)
  expect([lease.roomPicoUsd, lease.isCertain]).toEqual([0n, false])
  expect(lease.next(2, DATE, undefined)).toMatchObject({ givePicoUsd: 600n })
})

test('what is asked back is given at once, but not what somebody waits for', () => {
  const lease = opened(100n)
  lease.reserve(30n)
  lease.recalled(10)
  expect(lease.next(10, DATE, { leastPicoUsd: 1n, needPicoUsd: 0n })).toMatchObject({ givePicoUsd: 0n })
  lease.answer(DONE)
  expect(lease.next(11, DATE, undefined)).toMatchObject({ givePicoUsd: 70n })
})

test('a lease that nobody uses is given back after 10 s and closed after 30; one in use is renewed', () => {
  const idle = opened(100n)
  idle.reserve(10n)
  idle.settle(10n, 0n)
  expect(idle.next(0, DATE, undefined)).toBeUndefined()
  expect(idle.next(9_000, DATE, undefined)).toBeUndefined()
  expect(idle.next(10_001, DATE, undefined)).toMatchObject({ givePicoUsd: 100n, closes: false })
  idle.answer(DONE)
  expect(idle.next(30_001, DATE, undefined)).toMatchObject({ closes: true })
  idle.answer(DONE)
  expect([idle.isClosed, idle.next(60_000, DATE, undefined)]).toEqual([true, undefined])
  const used = opened(10n)
  used.reserve(10n)
  for (const now of [500, 1_000]) {
    used.next(now, DATE, undefined)
    used.answer(DONE)
  }
  expect(used.next(1_100, DATE, undefined)).toBeUndefined()
  expect(used.next(21_500, DATE, undefined)).toMatchObject({ closes: false, usedPicoUsd: 10n })
})

test('when its period is over it is given back, whatever the clock did', () => {
  const lease = opened(100n)
  expect([
    lease.covers('day', DATE),
    lease.covers('day', DATE + 86_400_000),
    lease.covers('week', DATE),
  ]).toEqual([true, false, false])
  expect(lease.next(1_000, DATE + 86_400_000, undefined)).toMatchObject({ givePicoUsd: 100n })
  lease.answer(DONE)
  expect(lease.next(1_001, DATE - 86_400_000, undefined)).toBeUndefined()
})

test('a slice that was taken away reserves nothing more, and still hears what ends', () => {
  const lease = opened(100n)
  lease.reserve(50n)
  lease.next(1, DATE, waiting(500n))
  lease.answer({ ...DONE, outcome: 'lost' })
  expect([lease.isLost, lease.roomPicoUsd, lease.reserve(1n)]).toEqual([true, 0n, false])
  lease.settle(50n, 20n)
  lease.booked(20n)
  expect(lease.isBusy).toBe(false)
})

test('whatever happens in whatever order, room and use are the sums of what was granted, held, owed and booked', () => {
  const sum = fc.oneof(fc.bigInt(0n, 1_000n), fc.bigInt(2n ** 53n, 2n ** 80n))
  const step = fc.record({ do: fc.constantFrom('reserve', 'settle', 'book', 'turn'), sum })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), steps => {
      const lease = opened(2n ** 70n)
      let granted = 2n ** 70n
      let now = 0
      const held: bigint[] = []
      const owed: bigint[] = []
      const sumOf = (all: bigint[]) => all.reduce((one, other) => one + other, 0n)
      for (const each of steps) {
        if (each.do === 'reserve' && lease.reserve(each.sum)) held.push(each.sum)
        else if (each.do === 'settle' && held.length > 0) {
          lease.settle(held.shift()!, each.sum)
          owed.push(each.sum)
        } else if (each.do === 'book' && owed.length > 0) {
          const cost = owed.shift()!
          lease.booked(cost)
          granted -= cost
        } else if (each.do === 'turn') {
          now += 600
          const turn = lease.next(now, DATE, waiting(each.sum))
          if (!turn) continue
          granted += each.sum - turn.givePicoUsd
          lease.answer({ ...DONE, grantedPicoUsd: each.sum })
        }
        expect(lease.usedPicoUsd).toBe(sumOf(held) + sumOf(owed))
        expect(lease.roomPicoUsd).toBe(granted - sumOf(held) - sumOf(owed))
      }
    }),
  )
})

test('who spends much keeps what it spends in a second at hand, and gives it back when that is over', () => {
  const lease = opened(20_000n)
  const spend = (requests: number) => {
    for (let request = 0; request < requests; request++) {
      lease.reserve(100n)
      lease.settle(100n, 100n)
      lease.booked(100n)
    }
  }
  spend(100)
  expect(lease.next(1_000, DATE, undefined)).toMatchObject({ wantPicoUsd: 0n, givePicoUsd: 0n })
  lease.answer(DONE)
  expect(lease.isLow).toBe(false)
  spend(60)
  expect(lease.isLow).toBe(true)
  // The sixty came in a tenth of a second.
  expect(lease.next(1_100, DATE, undefined)).toMatchObject({ wantPicoUsd: 56_000n })
  lease.answer({ ...DONE, grantedPicoUsd: 6_000n })
  for (const now of [2_000, 3_000]) {
    lease.next(now, DATE, undefined)
    lease.answer(DONE)
  }
  // Sixteen of the largest requests.
  expect(lease.roomPicoUsd).toBe(1_600n)
})
