import type { Purse } from '../../db/budget-sql'
import type { Dealt, Turn } from '../../db/budget-turn'
import { Flow } from './flow'

/** What is waited for at one lease. */
export interface Waiting {
  /** The smallest sum with which some of them could go on. */
  leastPicoUsd: bigint
  /** All of it. */
  needPicoUsd: bigint
}

/** So many of the largest requests of late, twice what is in flight, or what is used in a second is kept at hand. */
const REQUESTS_AT_HAND = 16n
/** So many times what is kept at hand may lie about before the rest is given back. */
const MOST_AT_HAND = 4n
const IDLE_MS = 10_000
/** Whatever hung on its way to the database is given up there before a lease so old is closed. */
const CLOSABLE_MS = 30_000
const RENEW_MS = 20_000
const REPORT_MS = 500
/** Shortly after processes were asked for what they do not use, nothing is kept at hand. */
const EXACT_MS = 5_000

/**
 * One process's slice of a purse, as that process sees it. Pure: what it knows it is told, with the time.
 *
 * What it counts on is never more than the database has for it: what is asked for counts once it is answered, what is given
 * back is gone once it is said, and what is booked leaves both. So requests can be reserved in memory: their sum and what is
 * not booked yet stay within that, whatever happens to an answer.
 *
 * Every request passes through here, and each calculation with a BigInt makes a new one: so what is idle is kept, and what
 * follows from it and is seldom asked for is calculated from sums.
 */
export class Lease {
  readonly id: string
  readonly purse: Purse
  /** It and no other, as most requests are counted: they need no list of their own. */
  readonly alone: readonly [Lease] = [this]
  /** Undefined until the first answer; null where the budget is gone. */
  limitPicoUsd: bigint | null | undefined
  spentPicoUsd = 0n
  freePicoUsd = 0n
  /** Other processes that hold something, and of those who may still give something back. */
  holding = 0
  pending = 0
  isClosed = false
  /** It was taken away: nothing more is reserved from it. */
  isLost = false
  /** Turns that were answered; a question that was asked before one of them is answered by it. */
  answers = 0
  /** What is not needed should be given back without delay. */
  isExact = false

  /** What nobody holds and nobody owes; below nothing where a vendor billed more than there was. */
  private idle = 0n
  private held = 0n
  /** All that was granted less what was given back. */
  private grantedSum = 0n
  /** All that was booked. */
  private bookedSum = 0n
  private told: bigint | undefined = 0n
  private turn = 0
  private sent: Turn | undefined
  /** Its budget was changed since: nothing is reserved before the database has said what is left. */
  private isStale = false
  /** More is spent and held than there is: what comes free here goes back, and is not reserved again. */
  private isOverdrawn = false
  private saidStale = false
  private exactUntil = Number.NEGATIVE_INFINITY
  /** What was granted last was less than was wanted, and is little: asking again at once gives hardly more. */
  private isShort = false
  private largest = 0n
  /** What its requests cost. */
  private readonly flow: Flow
  /** Below so much, or below what is held, more is asked for. */
  private low = 0n
  private openedAt: number
  /** When its last request was noticed; `wasUsed` says that there was one since. */
  private usedAt: number
  private wasUsed = false
  private turnedAt: number

  constructor(id: string, purse: Purse, now: number) {
    this.id = id
    this.purse = purse
    this.openedAt = now
    this.flow = new Flow(now)
    this.usedAt = now
    this.turnedAt = now
  }

  /** What can be reserved now. */
  get roomPicoUsd(): bigint {
    if (this.isStale || this.isLost || this.isClosed) return 0n
    return this.isOverdrawn && this.idle > 0n ? 0n : this.idle
  }

  /** The last answer says what is left: nothing was changed since. */
  get isCertain(): boolean {
    return !this.isStale
  }

  /** What requests in flight hold, and what those cost that are not booked yet. */
  get usedPicoUsd(): bigint {
    return this.grantedSum - this.idle - this.bookedSum
  }

  get isBusy(): boolean {
    return this.held !== 0n || this.usedPicoUsd !== 0n
  }

  /** Nothing was ever asked for, and nothing is. */
  isForgettable(now: number): boolean {
    return this.turn === 0 && !this.sent && !this.isBusy && !this.wasUsed && now - this.usedAt > IDLE_MS
  }

  /** What is in flight, or what it last cost, has not been told yet. */
  get isUntold(): boolean {
    return this.isBusy || this.usedPicoUsd !== this.told
  }

  /** A turn is under way, or its fate is not known. */
  get isAsking(): boolean {
    return this.sent !== undefined
  }

  /** Whether a request of this moment is counted by this purse. */
  covers(period: Purse['period'], date: number): boolean {
    const { startsAt, endsAt } = this.purse
    return this.purse.period === period && date >= startsAt && (endsAt === null || date < endsAt)
  }

  /** Reserves it if there is room. */
  reserve(picoUsd: bigint): boolean {
    if (picoUsd > this.roomPicoUsd) return false
    this.idle -= picoUsd
    this.held += picoUsd
    this.wasUsed = true
    if (picoUsd > this.largest) {
      this.largest = picoUsd
      this.setLow()
    }
    return true
  }

  /** A request has ended: instead of what it reserved it owes what it cost, until that is booked. */
  settle(reservedPicoUsd: bigint, costPicoUsd: bigint): void {
    this.held -= reservedPicoUsd
    this.idle += reservedPicoUsd - costPicoUsd
  }

  /** What a request cost was booked. Where a vendor billed more than there was, the database stops at nothing: less is safe. */
  booked(costPicoUsd: bigint): void {
    this.bookedSum += costPicoUsd
    // What the database now has depends on which came first there, this or the last turn: it is told again.
    this.told = undefined
  }

  /** The budget was changed by somebody. */
  changed(): void {
    this.isStale = true
    this.saidStale = false
  }

  /** Others lack what this process may not need. */
  recalled(now: number): void {
    this.isExact = true
    this.exactUntil = now + EXACT_MS
  }

  /** Whether little enough is at hand that more should be asked for. */
  get isLow(): boolean {
    if (this.isShort || this.isExact || this.sent) return false
    return this.idle < this.low || this.idle < this.held
  }

  /**
   * The turn to take now; undefined where there is nothing to say, or something is under way. One whose fate is open comes
   * again as it was. `date` is the wall's time.
   */
  next(now: number, date: number, waiting: Waiting | undefined): Turn | undefined {
    if (this.isLost || this.isClosed) return undefined
    if (this.sent) return this.sent
    this.notice(now)
    const need = waiting?.needPicoUsd ?? 0n
    const isIdle =
      waiting === undefined &&
      (now - this.usedAt > IDLE_MS || this.limitPicoUsd === null || this.isOver(date))
    const closes = isIdle && !this.isBusy && this.turn > 0 && now - this.openedAt > CLOSABLE_MS
    const keeps = isIdle || this.isStale || this.isOverdrawn || this.isExact ? 0n : this.reach
    const give = this.surplus(keeps, waiting !== undefined)
    const lacks = keeps > this.idle ? keeps - this.idle : 0n
    if (!closes && give === 0n && need === 0n && !this.hasCause(now, lacks * 2n > keeps)) return undefined
    this.saidStale = true
    this.turnedAt = now
    // It is gone once it is said.
    this.idle -= give
    this.grantedSum -= give
    this.sent = {
      purse: this.purse,
      leaseId: this.id,
      turn: this.turn + 1,
      givePicoUsd: give,
      leastPicoUsd: need === 0n ? 0n : (waiting?.leastPicoUsd ?? 0n),
      needPicoUsd: need,
      wantPicoUsd: need + lacks,
      usedPicoUsd: this.usedPicoUsd,
      closes,
    }
    return this.sent
  }

  /** Takes in the answer to its turn. True where it says what is left of a budget that was changed. */
  answer(dealt: Dealt): boolean {
    const { sent } = this
    if (!sent || dealt.outcome === 'again') return false
    const wasStale = this.isStale && this.saidStale
    this.sent = undefined
    this.answers++
    this.limitPicoUsd = dealt.limitPicoUsd
    this.spentPicoUsd = dealt.spentPicoUsd
    this.freePicoUsd = dealt.freePicoUsd
    this.isOverdrawn = dealt.isOverdrawn
    this.holding = dealt.holding
    this.pending = dealt.pending
    if (dealt.outcome === 'lost') {
      this.isLost = true
      return wasStale
    }
    this.turn = sent.turn
    this.told = sent.usedPicoUsd
    this.idle += dealt.grantedPicoUsd
    this.grantedSum += dealt.grantedPicoUsd
    this.isShort = dealt.grantedPicoUsd < sent.wantPicoUsd && this.idle < this.least
    this.isClosed = sent.closes
    if (wasStale) this.isStale = false
    return wasStale
  }

  /** Once in a while: what was large long ago is not kept at hand for ever. */
  decay(): void {
    this.largest /= 2n
    this.setLow()
  }

  /** Looks at what was used since the last time. */
  private notice(now: number): void {
    if (this.wasUsed) this.usedAt = now
    this.wasUsed = false
    this.isExact = now < this.exactUntil
    this.flow.note(this.grantedSum - this.idle - this.held, now)
    this.setLow()
  }

  /** Half of what is kept at hand, but for what is in flight: that is looked at each time. */
  private setLow(): void {
    this.low = most(this.largest * REQUESTS_AT_HAND, this.flow.perSecond) / 2n
  }

  /** What is given back: all of it before a changed budget is dealt out anew, else what is far more than is kept. */
  private surplus(keeps: bigint, isWaitedFor: boolean): bigint {
    const { idle } = this
    if (idle <= 0n) return 0n
    if (this.isStale || this.isOverdrawn) return idle
    return !isWaitedFor && idle > keeps * MOST_AT_HAND ? idle - keeps : 0n
  }

  /** Whether there is something to ask or to say besides: what is at hand runs low, is used, or was long unsaid. */
  private hasCause(now: number, isLow: boolean): boolean {
    const isDue = now - this.turnedAt >= REPORT_MS
    if (this.isStale && !this.saidStale) return true
    if (isLow && (!this.isShort || isDue)) return true
    if (this.turn === 0) return false
    if (this.usedPicoUsd !== this.told && (isDue || this.isExact)) return true
    return now - this.turnedAt >= RENEW_MS
  }

  private get least(): bigint {
    return most(this.largest * REQUESTS_AT_HAND, this.held * 2n)
  }

  private get reach(): bigint {
    return most(this.least, this.flow.perSecond)
  }

  private isOver(date: number): boolean {
    const { endsAt } = this.purse
    return endsAt !== null && date >= endsAt
  }
}

const most = (one: bigint, other: bigint) => (one > other ? one : other)
