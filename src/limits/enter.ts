import type { Entry, Permission } from '../admission'
import { GatewayError } from '../errors'
import type { Budgets } from './budget/budgets'
import type { MemoryRoom } from './memory-room'
import type { RateHold } from './rate/hold'
import type { Limited, Rates } from './rate/rates'

export interface Limits {
  /** False when no further record could be kept. */
  canRecord: () => boolean
  memory: Pick<MemoryRoom, 'isShort'>
  /** Requests that have entered and not ended. */
  inFlight: number
  /** The process is stopping: nothing new is begun. */
  draining: boolean
  rates: Rates
  budgets: Budgets
  /** From 0 to below 1: so late each of many who are refused at once is told to come again. */
  chance: () => number
}

/** F60: a crowd that is sent away together comes back over these seconds, and not in one of them. */
const AGAIN_AFTER_SECONDS = 5
const SPREAD_SECONDS = 5

/**
 * Lets a permitted request in, before its body is read, or throws: `shutting_down` while the process drains,
 * `usage_store_unavailable` when its record could not be kept, `overloaded` when memory is short, `rate_limit_exceeded` by
 * the limits of its key and tenant.
 * A promise only where a share of a limit must be had first. Every way out of the request must `release` the entry.
 */
export function enter(_permission: Permission, caller: Limited, limits: Limits): Entry | Promise<Entry> {
  if (limits.draining)
    throw new GatewayError('shutting_down', 'The gateway is shutting down.', {
      headers: { 'retry-after': '1' },
    })
  if (!limits.canRecord())
    throw new GatewayError(
      'usage_store_unavailable',
      'Usage cannot be recorded at the moment, so no request is begun.',
      comeAgain(limits),
    )
  if (isOverloaded(limits))
    throw new GatewayError(
      'overloaded',
      'The gateway is short of memory, so no request is begun.',
      comeAgain(limits),
    )
  const hold = limits.rates.enter(caller)
  return hold instanceof Promise ? hold.then(held => letIn(limits, held)) : letIn(limits, hold)
}

function comeAgain({ chance }: Limits): { headers: Record<string, string> } {
  const seconds = AGAIN_AFTER_SECONDS + Math.floor(chance() * SPREAD_SECONDS)
  return { headers: { 'retry-after': String(seconds) } }
}

/** Memory is short and there is something under way that will give some back: alone a request is let in all the same. */
export function isOverloaded({ memory, inFlight }: Pick<Limits, 'memory' | 'inFlight'>): boolean {
  return memory.isShort && inFlight > 0
}

function letIn(limits: Limits, hold: RateHold | undefined): Entry {
  limits.inFlight++
  return new Place(limits, hold) as Pick<Entry, 'hold' | 'release'> as Entry
}

/** A place among those in flight, and what its request holds of limits. */
class Place implements Pick<Entry, 'hold' | 'release'> {
  readonly hold: RateHold | undefined
  private readonly limits: Limits
  private isReleased = false

  constructor(limits: Limits, hold: RateHold | undefined) {
    this.limits = limits
    this.hold = hold
  }

  release(): void {
    if (this.isReleased) return
    this.isReleased = true
    this.limits.inFlight--
    this.hold?.leave()
  }
}
