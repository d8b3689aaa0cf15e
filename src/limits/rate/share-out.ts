import { LIMIT_KINDS, type LimitKind, type RateLimits } from '../../db/limits'
import type { Holding, SharedLimit, SharedLimits, Short } from '../../db/shared-limits'
import { PARTS } from './bucket'

/** What a process says of one limit that it holds, or wants, a part of. */
export interface Told {
  /** What it holds now; never more than what it was given. */
  share: number
  /** What it gives back of the level, in parts. */
  parts: number
  /** How many units it lacks now; 0 if it only tells. */
  need: number
  /** The others are to be asked for it. */
  asks?: boolean
  /** It gives of what it does not use, and so many units of its share with that: the answer to those who lack some. */
  ceded?: number
}

/** What a process says of one key or tenant. */
export interface Report {
  limits: RateLimits
  version: number
  told: Partial<Record<LimitKind, Told>>
}

/** What a process gets of one limit. */
export interface Given {
  /** What it holds now. */
  share: number
  /** What it gets besides, in parts. */
  parts: number
  /** It is all that is to be had now. */
  isShort: boolean
  /** Others were asked for what they do not use, and have not all answered: asking again soon may give some. */
  mayCome: boolean
  /** The others are to be asked now. */
  recalls: boolean
}

/** Who shares: the processes with their leases, and one of them, which reports. */
export interface Sharers {
  self: string
  /** Until when each lease runs or ran, by the database's time; one that ended long ago need not be there. */
  leases: ReadonlyMap<string, number>
  /** The database's time in milliseconds since 1970. */
  now: number
}

/**
 * Takes in one process's report about a key or tenant: what the shares are after it, and what the process gets. What is
 * held and what is free always make the limit, and levels are handed on, never made: however often shares change hands,
 * together they let through what one bucket would. `given` is undefined for a report that is older than what is known.
 */
export function shareOut(
  before: SharedLimits | undefined,
  report: Report,
  sharers: Sharers,
): { after: SharedLimits; given: Partial<Record<LimitKind, Given>> | undefined } {
  if (before && before.version > report.version) return { after: before, given: undefined }
  const after: SharedLimits = { version: report.version, limits: {} }
  const given: Partial<Record<LimitKind, Given>> = {}
  for (const kind of LIMIT_KINDS) {
    const limit = report.limits[kind]
    if (limit === null) continue
    const shared = before?.limits[kind]
    const current = shared ? rescaled(settled(shared, sharers), limit) : whole(limit, sharers.now)
    const told = report.told[kind]
    if (told) given[kind] = hear(current, told, sharers, kind === 'concurrency')
    after.limits[kind] = current
  }
  return { after, given }
}

/** Whether nothing would be lost by forgetting it: nobody holds a share, and what is free is full. */
export function isForgettable({ limits }: SharedLimits, now: number): boolean {
  return LIMIT_KINDS.every(kind => {
    const shared = limits[kind]
    if (!shared) return true
    const isFull = kind === 'concurrency' || levelAt(shared, now) === shared.limit * PARTS
    return isFull && Object.keys(shared.holdings).length === 0
  })
}

/** Whether some process lacks what others may give. */
export function isShort({ limits }: SharedLimits): boolean {
  return Object.values(limits).some(({ holdings }) =>
    Object.values(holdings).some(({ short }) => short !== null),
  )
}

/** A limit of which nothing was used yet. */
function whole(limit: number, now: number): SharedLimit {
  return { limit, level: limit * PARTS, at: now, holdings: {} }
}

function free({ limit, holdings }: SharedLimit): number {
  return Object.values(holdings).reduce((rest, { share }) => rest - share, limit)
}

function levelAt(shared: SharedLimit, now: number): number {
  const units = free(shared)
  return Math.min(units * PARTS, shared.level + Math.max(0, now - shared.at) * units)
}

/**
 * Counts what flowed into the free part, and frees what dead processes held: with what flowed into that since their
 * leases ended, since they may have used everything until then.
 */
function settled(shared: SharedLimit, { leases, now }: Sharers): SharedLimit {
  let level = levelAt(shared, now)
  const holdings: Record<string, Holding> = {}
  for (const [id, holding] of Object.entries(shared.holdings)) {
    const idleMs = now - (leases.get(id) ?? Number.NEGATIVE_INFINITY)
    if (idleMs < 0) holdings[id] = { ...holding }
    else level += Math.min(PARTS, idleMs) * holding.share
  }
  return { ...shared, level, at: Math.max(now, shared.at), holdings }
}

/** What a share comes to when its limit changes: the same on every process that hears of it. */
export function rescaledShare(share: number, before: number, after: number): number {
  return Number((BigInt(share) * BigInt(after)) / BigInt(before))
}

function rescaled(shared: SharedLimit, limit: number): SharedLimit {
  if (shared.limit === limit) return shared
  for (const holding of Object.values(shared.holdings))
    holding.share = rescaledShare(holding.share, shared.limit, limit)
  const after = { ...shared, limit }
  after.level = Math.min(free(after) * PARTS, shared.level)
  return after
}

/** A process that wants more and has not said so for so long is waited for no more. */
const STALE_MS = 1_500

function hear(shared: SharedLimit, told: Told, sharers: Sharers, isPlaces: boolean): Given {
  const { self, now } = sharers
  const own: Holding = shared.holdings[self] ?? { share: 0, short: null }
  const { short: before } = own
  const report = note(shared, own, told, sharers)
  if (told.need === 0) return { parts: 0, recalls: false, ...stateOf(shared, self, own) }

  const since = before?.since ?? now
  const { units, parts } = deal(shared, own, told.need, since, sharers)
  const isLacking = units < told.need || (!isPlaces && parts < told.need * PARTS)
  // Whatever is held elsewhere could be given: those who hold it are told by this.
  if (isLacking && own.share < shared.limit)
    own.short = { since, at: now, need: told.need, asked: told.asks ? report : (before?.asked ?? 0) }
  if (own.share === 0 && own.short === null) delete shared.holdings[self]
  return { parts, recalls: own.short?.asked === report, ...stateOf(shared, self, own) }
}

/** Takes in what is told, before anything is given for it; the number of this report. */
function note(shared: SharedLimit, own: Holding, told: Told, { self, now }: Sharers): number {
  const report = (shared.reports ?? 0) + 1
  shared.reports = report
  own.share = Math.min(own.share, told.share)
  if (told.ceded !== undefined || told.need > 0) own.report = report
  // Who answers others may still be waiting for something itself, for as long as it says so.
  if (told.ceded === undefined || (own.short && now - own.short.at > STALE_MS)) own.short = null
  if (own.share > 0 || own.short || told.need > 0) shared.holdings[self] = own
  else delete shared.holdings[self]
  shared.level = Math.min(free(shared) * PARTS, shared.level + told.parts)
  return report
}

function stateOf(shared: SharedLimit, self: string, { share, short }: Holding) {
  return { share, isShort: short !== null, mayCome: mayCome(shared, self, short) }
}

/** Takes of what is free, for one that needs so much since then: units of the limit, and what is in them. */
function deal(
  shared: SharedLimit,
  own: Holding,
  need: number,
  since: number,
  { self, leases, now }: Sharers,
): { units: number; parts: number } {
  const processes = [...leases.values()].filter(until => until > now).length
  const fair = Math.ceil(shared.limit / Math.max(1, processes))
  const rest = Math.max(0, free(shared) - owed(shared, self, since, fair, now))
  // First its even part, so that the others find theirs; from there on half of what is left.
  const step = own.share < fair ? fair - own.share : Math.ceil(rest / 2)
  const units = processes <= 1 ? rest : Math.min(rest, Math.max(step, need))
  own.share += units
  const parts = free(shared) === 0 ? shared.level : Math.min(shared.level, units * PARTS)
  shared.level -= parts
  return { units, parts }
}

/** Whether somebody who holds some has said nothing since it was asked what it does without. */
function mayCome({ holdings }: SharedLimit, self: string, short: Short | null): boolean {
  const asked = short?.asked
  if (!asked) return false
  return Object.entries(holdings).some(
    ([id, { share, report = 0 }]) => id !== self && share > 0 && report < asked,
  )
}

/** What is kept for processes that have waited longer, up to their even part: who comes more often gets no more. */
function owed({ holdings }: SharedLimit, self: string, since: number, fair: number, now: number): number {
  return Object.entries(holdings).reduce((sum, [id, { share, short }]) => {
    const isFirst = id !== self && short !== null && short.since < since && now - short.at <= STALE_MS
    return sum + (isFirst ? Math.max(0, fair - share) : 0)
  }, 0)
}
