import { LIMIT_KINDS, type LimitKind, type RateLimits } from '../../db/limits'
import { type Part, PlacePart, RatePart } from './part'
import type { Given, Report, Told } from './share-out'

/** One key's or tenant's limits, as this process may use them now. */
export class Lot {
  readonly tenantId: string
  /** A key's id, or the tenant's own. */
  readonly subjectId: string
  limits: RateLimits
  version: number
  /** When it last let a request in, or refused one. */
  usedAt: number
  /** Requests under way that hold something of it. */
  holds = 0
  /** The store may not know what was last said to it. */
  isUntold = false
  requests: RatePart | undefined
  tokens: RatePart | undefined
  places: PlacePart | undefined
  /** It and no other, as most requests are limited: they need no list of their own. */
  readonly alone: readonly [Lot] = [this]
  /** How much of each kind whoever waits would take now, at most. */
  private wants: Partial<Record<LimitKind, number>> = {}

  constructor(tenantId: string, subjectId: string, limits: RateLimits, version: number, now: number) {
    this.tenantId = tenantId
    this.subjectId = subjectId
    this.limits = { rpm: null, tpm: null, concurrency: null }
    this.version = version
    this.usedAt = now
    this.change(limits, version, now)
  }

  /** Whether this tenant's limits or a key's. */
  get isTenant(): boolean {
    return this.subjectId === this.tenantId
  }

  part(kind: LimitKind): Part | undefined {
    if (kind === 'rpm') return this.requests
    return kind === 'tpm' ? this.tokens : this.places
  }

  /** Takes over limits that were changed. */
  change(limits: RateLimits, version: number, now: number): void {
    const { rpm, tpm, concurrency } = limits
    this.requests = rpm === null ? undefined : (changed(this.requests, rpm, now) ?? new RatePart(rpm, now))
    this.tokens = tpm === null ? undefined : (changed(this.tokens, tpm, now) ?? new RatePart(tpm, now))
    this.places =
      concurrency === null
        ? undefined
        : (changed(this.places, concurrency, now) ?? new PlacePart(concurrency))
    this.limits = limits
    this.version = version
  }

  /** Somebody waits for so much. */
  want(kind: LimitKind, units: number): void {
    this.wants[kind] = Math.max(this.wants[kind] ?? 0, units)
  }

  /** Nobody waits any more. */
  forgetWants(): void {
    this.wants = {}
  }

  /** How much is missing of what whoever waits would take. */
  lacks(kind: LimitKind, now: number): number {
    const units = this.wants[kind]
    return units === undefined ? 0 : (this.part(kind)?.lacks(units, now) ?? 0)
  }

  /** What the store is told: what is held, and how much is lacking; with `asks` the others are asked for that. */
  ask(now: number, asks: boolean): Report {
    return this.say((part, kind) => {
      const told = part.report(part.share, this.lacks(kind, now), now)
      return asks && told.need > 0 ? { ...told, asks } : told
    })
  }

  /** What is kept of each share. */
  report(now: number, keep: (part: Part, kind: LimitKind) => number): Report {
    return this.say((part, kind) => part.report(keep(part, kind), 0, now))
  }

  /** What this process can do without at once, since others need so much, and what it does not keep. */
  cede(
    needs: Partial<Record<LimitKind, number>>,
    now: number,
    keep: (part: Part, kind: LimitKind) => number = ({ share }) => share,
  ): Report {
    return this.say((part, kind) => {
      const need = needs[kind]
      return need === undefined
        ? part.report(keep(part, kind), 0, now)
        : part.cede(need, keep(part, kind), now)
    })
  }

  private say(tell: (part: Part, kind: LimitKind) => Told): Report {
    const told: Partial<Record<LimitKind, Told>> = {}
    for (const kind of LIMIT_KINDS) {
      const part = this.part(kind)
      if (part) told[kind] = tell(part, kind)
    }
    return { limits: this.limits, version: this.version, told }
  }

  /** The store knows newer limits, and took no notice of a report. */
  takeBack({ told }: Report, now: number): void {
    for (const kind of LIMIT_KINDS) {
      const said = told[kind]
      if (said) this.part(kind)?.takeBack(said, now)
    }
  }

  receive(report: Report, given: Partial<Record<LimitKind, Given>>, now: number): void {
    this.isUntold = false
    // An answer about other limits than there are now says nothing: the next one will.
    if (report.version !== this.version) return
    for (const kind of LIMIT_KINDS) {
      const [part, told, got] = [this.part(kind), report.told[kind], given[kind]]
      if (part && told && got) part.receive(told, got, now)
    }
  }

  private get parts(): Part[] {
    return LIMIT_KINDS.flatMap(kind => this.part(kind) ?? [])
  }

  /** Nothing of it is held or lacking, and the store knows. */
  get isBare(): boolean {
    return !this.isUntold && this.parts.every(part => part.share === 0 && !part.lack.isKnown && !part.owes)
  }

  /**
   * Without the store this process lets through its even part of each limit, one at least, as one of so many. With
   * `onlyBare` what it was given stays.
   */
  guess(processes: number, now: number, onlyBare = false): void {
    for (const part of this.parts) {
      if (onlyBare && part.share > 0) continue
      part.guess(Math.max(1, Math.floor(part.limit / processes)), now)
    }
  }

  /** Whether forgetting it loses nothing: nothing is in use, and time has filled what was used. */
  isIdle(now: number): boolean {
    const isFull = (part: RatePart | undefined) => !part || part.msUntilFull(now) === 0
    return this.holds === 0 && isFull(this.requests) && isFull(this.tokens)
  }
}

function changed<P extends Part>(part: P | undefined, limit: number, now: number): P | undefined {
  if (part && part.limit !== limit) part.rescale(limit, now)
  return part
}
