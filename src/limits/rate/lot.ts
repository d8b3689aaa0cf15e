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
  /** How much of each kind is lacking, for the next report. */
  readonly needs: Partial<Record<LimitKind, number>> = {}

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

  /** What the store is told: what is kept of each share, or how much is lacking. */
  report(now: number, keep?: (part: Part, kind: LimitKind) => number): Report {
    const told: Partial<Record<LimitKind, Told>> = {}
    for (const kind of LIMIT_KINDS) {
      const part = this.part(kind)
      if (!part) continue
      const need = keep ? 0 : (this.needs[kind] ?? 0)
      told[kind] = part.report(keep ? keep(part, kind) : part.share, need, now)
      if (!keep) delete this.needs[kind]
    }
    return { limits: this.limits, version: this.version, told }
  }

  /** What this process can do without at once, since another one lacks it, and what it does not keep. */
  cede(now: number, keep: (part: Part, kind: LimitKind) => number = ({ share }) => share): Report {
    const told: Partial<Record<LimitKind, Told>> = {}
    for (const kind of LIMIT_KINDS) {
      const part = this.part(kind)
      if (part) told[kind] = part.cede(keep(part, kind), now)
    }
    return { limits: this.limits, version: this.version, told }
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
    return !this.isUntold && this.parts.every(part => part.share === 0 && !part.isShort && !part.owes)
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
