import { Type } from '@sinclair/typebox'
import type { AuditFilter } from '../db/audit-filter'
import { isId } from '../lib/id'
import { OUTCOMES } from './audit-record'
import { invalid } from './query'
import { parseSpan } from './time'

/** The parameters that narrow records down, for lists and sums alike. */
export const FILTER_QUERY = {
  tenant_id: Type.Optional(Type.String({ description: 'Only of this tenant.' })),
  key_id: Type.Optional(Type.String({ description: 'Only of this key.' })),
  model: Type.Optional(
    Type.String({
      description: 'Only of this model, as the record names it; in the audit also as it was asked for.',
    }),
  ),
  // No enum: viewers would send its first value with every request that is tried.
  outcome: Type.Optional(Type.String({ description: `Only one of ${OUTCOMES.join(', ')}.` })),
  from: Type.Optional(
    Type.String({ format: 'date-time', description: 'From when on, inclusive. RFC 3339 in UTC.' }),
  ),
  to: Type.Optional(
    Type.String({ format: 'date-time', description: 'Until when, exclusive. RFC 3339 in UTC.' }),
  ),
}

type FilterQuery = { [Name in keyof typeof FILTER_QUERY]?: string }

/**
 * The filter of a query; undefined if it can match nothing, because it names what cannot be an id. `narrow` makes of the
 * tenant that is asked for the one that may be seen.
 */
export function readFilter(
  query: FilterQuery,
  narrow: (tenantId: string | undefined) => string | undefined,
): AuditFilter | undefined {
  const { key_id: keyId, model, outcome } = query
  const tenantId = narrow(query.tenant_id)
  const filter: AuditFilter = {
    tenantId,
    keyId,
    model,
    outcome: outcome === undefined ? undefined : readOutcome(outcome),
    ...parseSpan(query),
  }
  const exists = [tenantId, keyId].every(id => id === undefined || isId(id))
  return exists ? filter : undefined
}

function readOutcome(text: string): NonNullable<AuditFilter['outcome']> {
  const outcome = OUTCOMES.find(name => name === text)
  if (!outcome) throw invalid('outcome', `one of ${OUTCOMES.join(', ')}`)
  return outcome
}
