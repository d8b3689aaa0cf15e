import { SCOPES } from '../auth/scope'
import type { Catalog } from '../catalog/catalog'
import type { KeyRow } from '../db/keys'
import type { Period } from '../lib/period'
import { readBudget } from './budget-schema'
import { invalid } from './query'
import { parseTime } from './time'

/** The fields of a body that say what a key may do and when; a field that is not there is left as it is. */
export interface RightsBody {
  scopes?: string[]
  models?: string[] | null
  not_before?: string | null
  expires_at?: string | null
  budget?: { limit_usd: string; period: Period } | null
}

export type KeyRights = Pick<KeyRow, 'scopes' | 'models' | 'notBefore' | 'expiresAt' | 'budget'>

/** A star in a model's name or id is a glob; anything else is an id. */
const STAR = '*'
const PATTERN = /^[A-Za-z0-9*][A-Za-z0-9._:/@+*-]{0,199}$/

/** Reads them. Throws `invalid_value` naming the field for a model that is not in the catalog, a time that is none or past, and money that is none. */
export function readRights(body: RightsBody, catalog: Catalog, now: number): Partial<KeyRights> {
  return {
    ...(body.scopes === undefined ? {} : { scopes: SCOPES.filter(scope => body.scopes?.includes(scope)) }),
    ...(body.models === undefined ? {} : { models: body.models && readModels(body.models, catalog) }),
    ...(body.not_before === undefined ? {} : { notBefore: readTime(body.not_before, 'not_before') }),
    ...(body.expires_at === undefined ? {} : { expiresAt: readExpiry(body.expires_at, now) }),
    ...(body.budget === undefined ? {} : { budget: readBudget(body.budget) }),
  }
}

/** Throws `invalid_value` for a key that would end before it begins, naming the field that the body gives. */
export function assertOrder(
  { notBefore, expiresAt }: Pick<KeyRights, 'notBefore' | 'expiresAt'>,
  body: Pick<RightsBody, 'not_before' | 'expires_at'>,
): void {
  if (expiresAt === null || notBefore === null || notBefore < expiresAt) return
  if (body.not_before !== undefined) throw invalid('not_before', 'a time before `expires_at`')
  if (body.expires_at !== undefined) throw invalid('expires_at', 'a time after `not_before`')
}

function readModels(patterns: string[], catalog: Catalog): string[] {
  for (const [index, pattern] of patterns.entries()) {
    const isKnown = pattern.includes(STAR) ? PATTERN.test(pattern) : catalog.models.has(pattern)
    if (!isKnown)
      throw invalid(`models[${index}]`, 'the id of a model in the catalog, or a glob such as claude-*')
  }
  return [...new Set(patterns)]
}

function readExpiry(text: string | null, now: number): number | null {
  const expiresAt = readTime(text, 'expires_at')
  if (expiresAt !== null && expiresAt <= now) throw invalid('expires_at', 'a time in the future')
  return expiresAt
}

function readTime(text: string | null, param: string): number | null {
  return text === null ? null : parseTime(text, param)
}
