import type { SharedLimit } from '../../db/shared-limits'
import type { Lot } from './lot'
import type { Part } from './part'

export interface KeepContext {
  now: number
  /** This process's lease. */
  self: string
  processes: number
  /** Processes came since the last time: their even part is made ready for them. */
  hasNewcomers: boolean
}

/** Nobody asks here: another process may have it. */
const QUIET_MS = 1_000
/** Given back though nobody lacks it, so that the first request elsewhere finds it. */
const IDLE_MS = 5_000
/** A process that shares with nobody keeps what it has until a minute has filled it. */
const ALONE_IDLE_MS = 65_000

/**
 * How much of its share a process keeps: all of it while nobody lacks any. To others that lack some it
 * gives what lies above its even part, half of what it hardly uses, all of what nobody asks for here.
 */
export function keepOf(part: Part, lot: Lot, shared: SharedLimit | undefined, context: KeepContext): number {
  const quietMs = lot.holds > 0 ? 0 : context.now - lot.usedAt
  if (quietMs >= (context.processes > 1 ? IDLE_MS : ALONE_IDLE_MS)) return 0
  const even = Math.ceil(part.limit / context.processes)
  const others = othersShort(shared, context.self)
  if (others === 0) return context.hasNewcomers ? Math.min(part.share, even) : part.share
  if (quietMs >= QUIET_MS) return 0
  if (part.hasRoom(context.now)) return Math.floor(part.share / 2)
  return Math.min(part.share, Math.floor(part.limit / (others + 1)))
}

function othersShort(shared: SharedLimit | undefined, self: string): number {
  const holdings = Object.entries(shared?.holdings ?? {})
  return holdings.some(([id, { short }]) => id !== self && short !== null)
    ? holdings.filter(([id]) => id !== self).length
    : 0
}
