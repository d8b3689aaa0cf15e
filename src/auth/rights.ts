import type { Budget } from '../db/budget'
import { LIMIT_KINDS, type RateLimits } from '../db/limits'
import { GatewayError } from '../errors'
import { PERIODS } from '../lib/period'
import { coversGlob, matchesGlob } from './glob'

/** What a key may do, and until when. */
export interface Rights {
  readonly scopes: readonly string[]
  /** Model ids or globs; null is every model. */
  readonly models: readonly string[] | null
  /** Null where nothing is limited. */
  readonly limits: RateLimits | null
  /** Null where it may spend what it likes. */
  readonly budget: Budget | null
  /** Milliseconds since 1970; null is for ever. */
  readonly expiresAt: number | null
}

/** Whether a model list allows this id. */
export function allowsModel(models: Rights['models'], id: string): boolean {
  return models === null || models.some(pattern => matchesGlob(pattern, id))
}

/** Refuses rights that hold more than their giver has. Throws `scope_not_allowed` naming the field. */
export function assertWithin(given: Rights, giver: Rights): void {
  const excess = given.scopes.filter(scope => !giver.scopes.includes(scope))
  if (excess.length > 0) throw beyond('scopes', `the scopes ${excess.join(', ')}`)
  if (!coversModels(giver.models, given.models)) throw beyond('models', 'more models')
  if (giver.expiresAt !== null && (given.expiresAt === null || given.expiresAt > giver.expiresAt))
    throw beyond('expires_at', 'a later end')
  for (const kind of LIMIT_KINDS)
    if (!isWithin(given.limits?.[kind], giver.limits?.[kind]))
      throw beyond(`limits.${kind}`, 'a higher limit')
  if (!isBudgetWithin(given.budget, giver.budget)) throw beyond('budget', 'a larger budget')
}

/** Each inner pattern must lie in one outer pattern: lists that only cover it together are refused, which is on the safe side. */
function coversModels(outer: Rights['models'], inner: Rights['models']): boolean {
  if (outer === null) return true
  if (inner === null) return false
  return inner.every(pattern => outer.some(wider => coversGlob(wider, pattern)))
}

function isWithin(given: number | null | undefined, most: number | null | undefined): boolean {
  return (most ?? null) === null || (given ?? Number.POSITIVE_INFINITY) <= (most ?? 0)
}

/** The same sum for a longer period is less; for a shorter one it may be more. */
function isBudgetWithin(given: Budget | null, most: Budget | null): boolean {
  if (most === null) return true
  if (given === null || given.limitPicoUsd > most.limitPicoUsd) return false
  return PERIODS.indexOf(given.period) >= PERIODS.indexOf(most.period)
}

function beyond(param: string, what: string): GatewayError {
  return new GatewayError('scope_not_allowed', `A key cannot give more than it has: ${what}.`, { param })
}
