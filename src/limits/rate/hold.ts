import type { Hold } from '../../admission'
import type { LimitKind } from '../../db/limits'
import { tellLimits } from './headers'
import type { Lot } from './lot'
import type { PlacePart, RatePart } from './part'
import { rateRefusal, tooManyTokens } from './refusal'

/** Asks the store for more of what some lots lack, which `lacking` notes and tells anew each time; undefined where asking cannot help now. */
export type AskForMore = (lacking: () => readonly Lot[]) => Promise<void> | undefined

/** Who lets requests in. */
export interface Desk {
  /** The process's clock; by its time the lots hold what they may give. */
  now(): number
  askForMore: AskForMore
  /** Counts who is refused. */
  readonly refused: Record<LimitKind, number>
}

/** What was taken of one lot. Limits may come, go and change meanwhile: it goes back to where it was taken. */
interface Taken {
  readonly lot: Lot
  readonly place: PlacePart | undefined
  part: RatePart | undefined
  tokens: number
}

/** What one request holds of the limits of its key and its tenant. */
export class RateHold implements Hold {
  private isLeft = false
  /** When its tokens were put right: its answer's headers follow at once, and tell what was there then. */
  private correctedAt: number | undefined
  private hasReserved = false
  private readonly taken: Taken[] = []
  private readonly lots: readonly Lot[]
  private readonly desk: Desk

  /** Takes a request and a place of each lot, which must have them. */
  constructor(lots: readonly Lot[], desk: Desk, now: number) {
    this.lots = lots
    this.desk = desk
    for (const lot of lots) {
      lot.holds++
      lot.requests?.reserve(1, now)
      lot.places?.take()
      this.taken.push({ lot, place: lot.places, part: undefined, tokens: 0 })
    }
  }

  /**
   * Sets tokens aside: what the prompt is guessed at, and what the answer may have. Of a request for more than a whole
   * limit the whole limit. Throws `rate_limit_exceeded`; the promise, where there is one, rejects with it.
   */
  reserve(promptTokens: number, answerTokens: number): void | Promise<void> {
    if (this.hasReserved) return
    const now = this.desk.now()
    for (const lot of this.lots) {
      if (!lot.tokens || promptTokens <= lot.tokens.limit) continue
      this.desk.refused.tpm++
      throw tooManyTokens(this.lots, lot, promptTokens, now)
    }
    const units = Math.max(1, promptTokens + answerTokens)
    if (this.lots.some(({ tokens }) => (tokens?.lacks(units, now) ?? 0) > 0)) {
      const asking = this.desk.askForMore(() => lackingOf(this.lots, 'tpm', units, this.desk.now()))
      if (asking) return asking.then(() => this.take(units, this.desk.now()))
    }
    this.take(units, now)
  }

  /** Puts the tokens right: what was set aside and not used is there again, what was used beyond it is paid back first. */
  correct(usedTokens: number): void {
    if (!this.hasReserved) return
    this.correctedAt = this.desk.now()
    this.giveBack(usedTokens, this.correctedAt)
  }

  /** Gives the places back; a second time does nothing. */
  leave(): void {
    if (this.isLeft) return
    this.isLeft = true
    for (const lot of this.lots) lot.holds--
    for (const { place } of this.taken) place?.leave()
  }

  /** Says in OpenAI's headers how far the limits are used. */
  writeHeaders(headers: Headers): void {
    tellLimits(this.lots, this.correctedAt ?? this.desk.now(), headers)
  }

  private take(units: number, now: number): void {
    this.hasReserved = true
    for (const taken of this.taken) {
      const { lot } = taken
      const part = lot.tokens
      if (!part) continue
      const tokens = part.reserve(units, now)
      if (tokens === undefined) {
        this.giveBack(0, now)
        this.desk.refused.tpm++
        throw rateRefusal(this.lots, lot, 'tpm', Math.min(units, part.limit), now)
      }
      taken.part = part
      taken.tokens = tokens
    }
  }

  private giveBack(usedTokens: number, now: number): void {
    this.hasReserved = false
    for (const taken of this.taken) {
      taken.part?.correct(taken.tokens, usedTokens, now)
      taken.part = undefined
    }
  }
}

export const NONE: readonly Lot[] = []

/** The lots that cannot give so many units of a kind now; what is wanted of them is noted. */
export function lackingOf(lots: readonly Lot[], kind: LimitKind, units: number, now: number): readonly Lot[] {
  let lacking = NONE
  for (const lot of lots) {
    if ((lot.part(kind)?.lacks(units, now) ?? 0) === 0) continue
    lot.want(kind, units)
    lacking = [...lacking, lot]
  }
  return lacking
}
