import type { Purse } from '../../db/budget-sql'
import type { Dealt, Turn } from '../../db/budget-turn'

/** What is waited for at one lease. */
export interface Waiting {
  /** The smallest sum with which some of them could go on. */
  leastPicoUsd: bigint
  /** All of it. */
  needPicoUsd: bigint
}

/** So many of the largest requests of late, and twice what is in flight, are kept at hand. */
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
 * Its `amount` is never more than the database has for it: what is asked for counts once it is answered, what is given back
 * is gone once it is said, and what is booked from it leaves both. So requests can be reserved in memory: their sum and what
 * is not booked yet stay within the amount, whatever happens to an answer.
 */
export class Lease {
  readonly id: string
  readonly purse: Purse
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

  private amount = 0n
  private held = 0n
  private owed = 0n
  private told: bigint | undefined = 0n
  private turn = 0
  private sent: Turn | undefined
  /** Its budget was changed since: nothing is reserved before the database has said what is left. */
  private isStale = false
  /** More is spent and held than there is: what comes free here goes back, and is not reserved again. */
  private isOverdrawn = false
  private saidStale = false
  private exactUntil = Number.NEGATIVE_INFINITY
  /** What was granted last was less than was wanted: asking again at once gives no more. */
  private isShort = false
  private largest = 0n
  private openedAt: number
  private usedAt: number
  private turnedAt: number

  constructor(id: string, purse: Purse, now: number) {
    this.id = id
    this.purse = purse
    this.openedAt = now
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
    return this.held + this.owed
  }

  get isBusy(): boolean {
    return this.held !== 0n || this.owed !== 0n
  }

  /** Nothing was ever asked for, and nothing is. */
  isForgettable(now: number): boolean {
    return this.turn === 0 && !this.sent && !this.isBusy && now - this.usedAt > IDLE_MS
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
  reserve(picoUsd: bigint, now: number): boolean {
    if (picoUsd > this.roomPicoUsd) return false
    this.held += picoUsd
    if (picoUsd > this.largest) this.largest = picoUsd
    this.usedAt = now
    return true
  }

  /** A request has ended: instead of what it reserved it owes what it cost, until that is booked. */
  settle(reservedPicoUsd: bigint, costPicoUsd: bigint): void {
    this.held -= reservedPicoUsd
    this.owed += costPicoUsd
  }

  /** What a request cost was booked. */
  booked(costPicoUsd: bigint): void {
    this.owed -= costPicoUsd
    // What the database now has depends on which came first there, this or the last turn: it is told again.
    this.told = undefined
    // The database stops at nothing where a vendor billed more than the slice; staying below it is on the safe side.
    this.amount -= costPicoUsd
  }

  /** The budget was changed by somebody. */
  changed(): void {
    this.isStale = true
    this.saidStale = false
  }

  /** Others lack what this process may not need. */
  recalled(now: number): void {
    this.exactUntil = now + EXACT_MS
  }

  /** Whether little enough is at hand that more should be asked for. */
  isLow(now: number): boolean {
    if (this.isShort || this.sent || this.isExact(now)) return false
    return this.roomPicoUsd * 2n < this.reach
  }

  /** Whether what is not needed should be given back without delay. */
  isExact(now: number): boolean {
    return now < this.exactUntil
  }

  /**
   * The turn to take now; undefined where there is nothing to say, or something is under way. One whose fate is open comes
   * again as it was. `date` is the wall's time.
   */
  next(now: number, date: number, waiting: Waiting | undefined): Turn | undefined {
    if (this.isLost || this.isClosed) return undefined
    if (this.sent) return this.sent
    const need = waiting?.needPicoUsd ?? 0n
    const isIdle =
      waiting === undefined &&
      (now - this.usedAt > IDLE_MS || this.limitPicoUsd === null || this.isOver(date))
    const closes = isIdle && !this.isBusy && this.turn > 0 && now - this.openedAt > CLOSABLE_MS
    const keeps = isIdle || this.isStale || this.isOverdrawn || this.isExact(now) ? 0n : this.reach
    const give = this.surplus(keeps, waiting !== undefined)
    const lacks = keeps > this.idle ? keeps - this.idle : 0n
    if (!closes && give === 0n && need === 0n && !this.hasCause(now, lacks * 2n > keeps)) return undefined
    this.saidStale = true
    this.turnedAt = now
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
    this.amount += dealt.grantedPicoUsd - sent.givePicoUsd
    this.isShort = dealt.grantedPicoUsd < sent.wantPicoUsd
    this.isClosed = sent.closes
    if (wasStale) this.isStale = false
    return wasStale
  }

  /** Once in a while: what was large long ago is not kept at hand for ever. */
  decay(): void {
    this.largest /= 2n
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
    if (this.usedPicoUsd !== this.told && (isDue || this.isExact(now))) return true
    return now - this.turnedAt >= RENEW_MS
  }

  private get idle(): bigint {
    return this.amount - this.held - this.owed - (this.sent?.givePicoUsd ?? 0n)
  }

  private get reach(): bigint {
    const most = this.largest * REQUESTS_AT_HAND
    const inFlight = this.held * 2n
    return most > inFlight ? most : inFlight
  }

  private isOver(date: number): boolean {
    const { endsAt } = this.purse
    return endsAt !== null && date >= endsAt
  }
}
