import type { Period } from '../lib/period'
import type { Column } from './column'

/** Names what a budget counts in one period: nothing is ever reset, the next period is another purse. */
export interface Purse {
  tenantId: string
  /** A key's id, or the tenant's own. */
  scopeId: string
  period: Period
  /** Milliseconds since 1970. */
  startsAt: number
  /** Null for a total. */
  endsAt: number | null
}

/** A purse as it is sent; `PURSE_KEY` are its columns as they are stored. */
export const PURSE_COLUMNS: readonly Column<Purse>[] = [
  { name: 'tenant_id', type: 'uuid', value: purse => purse.tenantId },
  { name: 'scope_id', type: 'uuid', value: purse => purse.scopeId },
  { name: 'period', type: 'text', value: purse => purse.period },
  { name: 'starts_ms', type: 'float8', value: purse => purse.startsAt },
  { name: 'ends_ms', type: 'float8', value: purse => purse.endsAt },
]

/** What of a sent purse stands in a SELECT so that it has the columns of a stored one. */
export const PURSE_VALUES = `tenant_id, scope_id, period, to_timestamp(starts_ms / 1000) AS starts_at,
  coalesce(to_timestamp(ends_ms / 1000), 'infinity') AS ends_at`

const KEY = ['tenant_id', 'scope_id', 'period', 'starts_at']

/**
 * The columns that a stored purse is told from others by. Every statement locks purses first, in their order, and the
 * purses' leases after them: so none waits in a circle.
 */
export const PURSE_KEY = KEY.join(', ')

/** The same, of a table by this name in a statement. */
export function purseKeyOf(table: string): string {
  return KEY.map(name => `${table}.${name}`).join(', ')
}

/** Two purses are the same. */
export function samePurse(one: string, other: string): string {
  return KEY.map(name => `${one}.${name} = ${other}.${name}`).join(' AND ')
}
