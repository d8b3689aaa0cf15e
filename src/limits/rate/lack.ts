import type { Given, Told } from './share-out'

/** Where nothing more was to be had it is not asked again for so long; twice as long each time that it is in vain again. */
const SHORTEST_MS = 250
const LONGEST_MS = 2_000

/** What a process lacks of one limit, as it and the store know it. Times are by the process's clock. */
export class Lack {
  /** The others are told that this process lacks some; when that was last so. */
  isKnown = false
  knownAt = Number.NEGATIVE_INFINITY
  /** Others were asked for what they hold, and may still give some. */
  mayEnd = false
  private vainUntil = Number.NEGATIVE_INFINITY
  /** So much was not to be had. */
  private vainNeed = 0
  private pauseMs = SHORTEST_MS

  /** Whether asking for so much may help. */
  isHopeful(need: number, now: number): boolean {
    return now >= this.vainUntil || need < this.vainNeed
  }

  /** The store answered to a report. */
  hear({ need, share }: Told, given: Given, now: number): void {
    this.isKnown = given.isShort
    this.mayEnd = given.mayCome
    if (given.isShort && need > 0) this.knownAt = now
    if (given.share > share || given.parts > 0) this.pauseMs = SHORTEST_MS
    if (need > 0 && !given.mayCome && (given.isShort || given.share <= share)) this.wait(need, now)
  }

  /** What might have come has not. */
  giveUp(now: number): void {
    if (this.mayEnd) this.wait(1, now)
    this.mayEnd = false
  }

  private wait(need: number, now: number): void {
    this.vainNeed = need
    this.vainUntil = now + this.pauseMs
    this.pauseMs = Math.min(LONGEST_MS, 2 * this.pauseMs)
  }
}
