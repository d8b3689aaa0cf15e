import { Bucket, PARTS } from './bucket'
import { Lack } from './lack'
import { type Given, rescaledShare, type Told } from './share-out'

/** The part of one limit that this process may use now. */
export interface Part {
  readonly limit: number
  /** How much of the limit it is, in units. */
  readonly share: number
  readonly lack: Lack
  /** The share is not the store's word. */
  readonly isGuess: boolean
  /** Something that was to be given is free only now. */
  readonly owes: boolean
  /** Units that are missing to take so many now; 0 if they are there. */
  lacks(units: number, now: number): number
  /** Whether it uses so little that half of it could be given away. */
  hasRoom(now: number): boolean
  /** Milliseconds until so many units may be there. */
  msUntil(units: number, now: number): number
  /** Lowers the share to `keep` (or what is in use) and says so; `need` more are asked for. */
  report(keep: number, need: number, now: number): Told
  /** Gives away what another process needs, or half of what is not used where that is more, and all beyond `keep`; and says so. */
  cede(need: number, keep: number, now: number): Told
  /** The store took no notice of a report: what was ceded with it is here again. */
  takeBack(told: Told, now: number): void
  /** Takes in what the store answered to the report. */
  receive(told: Told, given: Given, now: number): void
  /** The limit changed. */
  rescale(limit: number, now: number): void
  /** Without the store: this much, whatever was held. */
  guess(share: number, now: number): void
}

/** A limit per minute. Begins with nothing: a share is given. */
export class RatePart implements Part {
  limit: number
  /** The limit in digits: each answer tells it. */
  limitText: string
  readonly lack = new Lack()
  isGuess = false
  readonly owes = false
  private readonly bucket: Bucket

  constructor(limit: number, now: number) {
    this.limit = limit
    this.limitText = String(limit)
    this.bucket = new Bucket(0, now)
  }

  get share(): number {
    return this.bucket.capacity
  }

  /**
   * Takes so many units, of more than the limit the whole limit, or none. Where nobody can be asked there need be as much in
   * its part as there would have to be in the whole, and the rest is owed: it flows in before anything else is let in here.
   */
  reserve(units: number, now: number): number | undefined {
    const taken = Math.min(units, this.limit)
    return this.share > 0 && this.bucket.take(taken, now, this.wanted(units)) ? taken : undefined
  }

  /** What must be here for a request of so many units. */
  private wanted(units: number): number {
    if (units <= this.share || !this.isGuess) return Math.min(units, this.limit)
    const proportion = Math.ceil((Math.min(units, this.limit) * this.share) / this.limit)
    return Math.max(1, Math.min(this.share, proportion))
  }

  /** Corrects what was reserved by what was used. */
  correct(reserved: number, used: number, now: number): void {
    if (reserved !== used) this.bucket.put(reserved - used, now)
  }

  remaining(now: number): number {
    return this.bucket.remaining(now)
  }

  msUntilFull(now: number): number {
    return this.share === 0 ? 0 : this.bucket.msUntil(this.share, now)
  }

  lacks(units: number, now: number): number {
    if (this.share === 0) return Math.min(units, this.limit)
    return Math.max(0, this.wanted(units) - this.remaining(now))
  }

  hasRoom(now: number): boolean {
    return this.remaining(now) * 2 >= this.share
  }

  msUntil(units: number, now: number): number {
    const ownMs = this.share === 0 ? RETRY_MS : this.bucket.msUntil(this.wanted(units), now)
    if (this.share === this.limit) return ownMs
    // The others may give theirs: then it takes no longer than it would with all of the limit.
    const sharedMs = Math.ceil((Math.min(units, this.limit) * PARTS) / this.limit)
    return Math.min(ownMs, Math.max(RETRY_MS, sharedMs))
  }

  report(keep: number, need: number, now: number): Told {
    if (this.isGuess) return { share: 0, parts: 0, need }
    if (keep >= this.share) return { share: this.share, parts: 0, need }
    const parts = this.bucket.give(keep, now)
    return { share: keep, parts, need }
  }

  cede(need: number, keep: number, now: number): Told {
    if (this.isGuess) return { share: 0, parts: 0, need: 0, ceded: 0 }
    const ceded = this.bucket.cede(Math.max(need, Math.ceil(this.remaining(now) / 2)), now)
    const { share, parts } = this.report(keep, 0, now)
    return { share, parts: parts + ceded * PARTS, need: 0, ceded }
  }

  takeBack({ ceded = 0 }: Told, now: number): void {
    if (ceded > 0) this.bucket.grow(ceded, ceded * PARTS, now)
  }

  receive(told: Told, given: Given, now: number): void {
    if (this.isGuess) this.bucket.shrink(0, now)
    this.isGuess = false
    const units = Math.max(0, given.share - told.share)
    this.bucket.grow(units, given.parts, now)
    // A store that knows of less has lost some: what it does not know of is others' too.
    if (given.share < this.share) this.bucket.shrink(given.share, now)
    this.lack.hear(told, given, now)
  }

  rescale(limit: number, now: number): void {
    const share = rescaledShare(this.share, this.limit, limit)
    if (share > this.share) this.bucket.grow(share - this.share, 0, now)
    else this.bucket.shrink(share, now)
    this.limit = limit
    this.limitText = String(limit)
  }

  guess(share: number, now: number): void {
    if (share < this.share) this.bucket.shrink(share, now)
    else this.bucket.grow(share - this.share, (share - this.share) * PARTS, now)
    this.isGuess = true
  }
}

/** A limit of how many at the same time. */
export class PlacePart implements Part {
  limit: number
  share = 0
  readonly lack = new Lack()
  isGuess = false
  private inUse = 0
  /** What the store was told: places that are in use count, also those that are to be given once they are left. */
  private held = 0

  constructor(limit: number) {
    this.limit = limit
  }

  take(): void {
    this.inUse++
  }

  leave(): void {
    this.inUse--
  }

  lacks(units: number): number {
    return Math.max(0, this.inUse + units - this.share)
  }

  hasRoom(): boolean {
    return this.inUse * 2 <= this.share
  }

  /** Nobody knows when a place is left. */
  msUntil(): number {
    return RETRY_MS
  }

  report(keep: number, need: number): Told {
    if (this.isGuess) return { share: 0, parts: 0, need: Math.max(need, this.inUse) }
    this.share = Math.min(this.share, keep)
    this.held = Math.max(this.share, this.inUse)
    return { share: this.held, parts: 0, need }
  }

  cede(need: number, keep: number): Told {
    const idle = Math.max(0, this.share - this.inUse)
    const given = Math.min(idle, Math.max(need, Math.ceil(idle / 2)))
    return { ...this.report(Math.min(keep, this.share - given), 0), ceded: given }
  }

  /** The store knows by the next report that there is more again. */
  takeBack({ ceded = 0 }: Told): void {
    if (!this.isGuess) this.share += ceded
  }

  receive(told: Told, given: Given, now: number): void {
    if (this.isGuess) this.share = 0
    this.isGuess = false
    const units = Math.max(0, given.share - told.share)
    this.share = Math.min(this.share + units, given.share)
    this.held = given.share
    this.lack.hear(told, given, now)
  }

  rescale(limit: number): void {
    this.share = rescaledShare(this.share, this.limit, limit)
    this.held = rescaledShare(this.held, this.limit, limit)
    this.limit = limit
  }

  get owes(): boolean {
    return !this.isGuess && this.held > Math.max(this.share, this.inUse)
  }

  guess(share: number): void {
    this.share = share
    this.isGuess = true
  }
}

const RETRY_MS = 1_000
