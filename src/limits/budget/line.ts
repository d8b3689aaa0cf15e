import type { GatewayError } from '../../errors'
import type { Ask } from './hold'
import type { Lease, Waiting } from './lease'
import { budgetSpent } from './refusal'

/** A request that waits until the database has said whether there is enough for it. */
export interface Waiter {
  leases: readonly Lease[]
  ask: Ask
  /** How often each lease had been answered before an answer can be about this request. */
  answered: readonly number[]
  since: number
  admit: (leases: readonly Lease[], picoUsd: bigint) => void
  refuse: (error: GatewayError) => void
}

/** Others are waited for no longer than this to give back what they do not use. */
const PATIENCE_MS = 1_500
/** What others use is told a moment after it is used no more. */
const TOLD_MS = 400

/** Those who wait, first come first served; one that needs less than there is passes one that needs more. */
export class Line {
  private waiters: Waiter[] = []
  private readonly counts = new Map<Lease, number>()

  get length(): number {
    return this.waiters.length
  }

  join(waiter: Waiter): void {
    this.waiters.push(waiter)
    this.count(waiter, 1)
  }

  /** Whether so much can be reserved at once: nobody who came earlier waits for the same. */
  passes(leases: readonly Lease[], picoUsd: bigint): boolean {
    for (const lease of leases)
      if (lease.roomPicoUsd < picoUsd || (this.length > 0 && this.isAt(lease))) return false
    return true
  }

  /** Whether somebody waits at this lease: who comes later does not go before. */
  isAt(lease: Lease): boolean {
    return this.counts.has(lease)
  }

  /** Whether somebody has come who lacks something and was not asked for yet. */
  get hasNews(): boolean {
    return this.waiters.some(({ leases, ask, answered }) =>
      leases.some(
        (lease, index) => lease.answers < (answered[index] ?? 0) && lease.roomPicoUsd < ask.mostPicoUsd,
      ),
    )
  }

  /** What is waited for, by lease, beyond what there is room for: nothing, where who waits lacks another lease's. */
  needs(): Map<Lease, Waiting> {
    const sums = new Map<Lease, Waiting>()
    for (const { leases, ask } of this.waiters) for (const lease of leases) addTo(sums, lease, ask)
    const needs = new Map<Lease, Waiting>()
    for (const [lease, { leastPicoUsd, needPicoUsd }] of sums) {
      const room = most(lease.roomPicoUsd, 0n)
      // Where a vendor billed more than there was, even a request for nothing must ask.
      const need = most(needPicoUsd - room, lease.roomPicoUsd < 0n ? 1n : 0n)
      needs.set(lease, { leastPicoUsd: most(leastPicoUsd - room, 1n), needPicoUsd: need })
    }
    return needs
  }

  /** Admits and refuses whom it can; `renew` finds the lease that has taken the place of one that ended. */
  serve(now: number, renew: (lease: Lease) => Lease): void {
    this.leave(waiter => {
      if (waiter.leases.some(({ isLost, isClosed }) => isLost || isClosed)) {
        this.count(waiter, -1)
        waiter.leases = waiter.leases.map(renew)
        waiter.answered = waiter.leases.map(firstAnswer)
        this.count(waiter, 1)
      }
      return settled(waiter, now)
    })
  }

  /** Refuses all. */
  refuseAll(error: () => GatewayError): void {
    this.leave(({ refuse }) => {
      refuse(error())
      return true
    })
  }

  /** Refuses those who have waited for so long. */
  refuseLate(now: number, longestMs: number, error: () => GatewayError): void {
    this.leave(({ since, refuse }) => {
      if (now - since <= longestMs) return false
      refuse(error())
      return true
    })
  }

  private leave(isDone: (waiter: Waiter) => boolean): void {
    if (this.waiters.length === 0) return
    this.waiters = this.waiters.filter(waiter => {
      if (!isDone(waiter)) return true
      this.count(waiter, -1)
      return false
    })
  }

  private count({ leases }: Waiter, change: 1 | -1): void {
    for (const lease of leases) {
      const count = (this.counts.get(lease) ?? 0) + change
      if (count > 0) this.counts.set(lease, count)
      else this.counts.delete(lease)
    }
  }
}

function addTo(sums: Map<Lease, Waiting>, lease: Lease, { leastPicoUsd, mostPicoUsd }: Ask): void {
  const before = sums.get(lease)
  sums.set(lease, {
    leastPicoUsd: before && before.leastPicoUsd < leastPicoUsd ? before.leastPicoUsd : leastPicoUsd,
    needPicoUsd: (before?.needPicoUsd ?? 0n) + mostPicoUsd,
  })
}

const most = (one: bigint, other: bigint) => (one > other ? one : other)
const least = (one: bigint, other: bigint) => (one < other ? one : other)

/** A turn that is under way was asked before: the answer after it counts. */
export function firstAnswer(lease: Lease): number {
  return lease.answers + (lease.isAsking ? 2 : 1)
}

function settled(waiter: Waiter, now: number): boolean {
  const { leases, ask, answered, since } = waiter
  // A budget that is gone counts nothing.
  const counting = leases.filter(({ limitPicoUsd }) => limitPicoUsd !== null)
  const lacking = counting.filter(({ roomPicoUsd }) => roomPicoUsd < ask.mostPicoUsd)
  if (lacking.length === 0) {
    waiter.admit(counting, ask.mostPicoUsd)
    return true
  }
  const isFinal = (lease: Lease) =>
    lease.isCertain &&
    lease.answers >= (answered[leases.indexOf(lease)] ?? 0) &&
    (lease.holding === 0 || now - since > TOLD_MS) &&
    (lease.pending === 0 || now - since > PATIENCE_MS)
  const poor = lacking.filter(isFinal).find(({ roomPicoUsd }) => roomPicoUsd < ask.leastPicoUsd)
  if (poor) {
    waiter.refuse(budgetSpent(poor, ask.mostPicoUsd, ask.leastPicoUsd))
    return true
  }
  if (!lacking.every(isFinal)) return false
  const rooms = counting.map(({ roomPicoUsd }) => roomPicoUsd)
  waiter.admit(counting, ask.fit(rooms.reduce(least)))
  return true
}
