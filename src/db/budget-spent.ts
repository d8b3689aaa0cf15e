import { PURSE_COLUMNS, PURSE_VALUES, type Purse, samePurse } from './budget-sql'
import type { Database } from './client'
import { encodeColumns, rowsOf } from './column'
import { DEADLINE_MS } from './deadline'

/** What was spent of a budget in a period, and what requests in flight hold of it. */
export interface Spending {
  spentPicoUsd: bigint
  reservedPicoUsd: bigint
}

const SPENDING = `
  WITH s AS (SELECT ${PURSE_VALUES}, place FROM ${rowsOf(
    [...PURSE_COLUMNS, { name: 'place', type: 'integer', value: () => null }],
    'sent',
  )})
  SELECT s.place, p.spent_pico_usd AS spent, (
    SELECT coalesce(sum(least(b.used_pico_usd, b.amount_pico_usd)), 0) FROM budget_lease b WHERE ${samePurse('b', 's')}
  ) AS reserved
  FROM s JOIN budget_purse p ON ${samePurse('p', 's')}`

/** The spending of each purse, in their order; one that is not open has none. Throws `store_unavailable`. */
export async function readSpending(db: Database, purses: readonly Purse[]): Promise<Spending[]> {
  if (purses.length === 0) return []
  const parameters = [
    ...encodeColumns(PURSE_COLUMNS, purses),
    `{${purses.map((_, index) => index).join(',')}}`,
  ]
  const query = db.reads.unsafe<{ place: number; spent: string; reserved: string }[]>(SPENDING, parameters)
  const rows = new Map((await db.ask(query, DEADLINE_MS.read)).map(row => [row.place, row]))
  return purses.map((_, place) => {
    const row = rows.get(place)
    return { spentPicoUsd: BigInt(row?.spent ?? 0), reservedPicoUsd: BigInt(row?.reserved ?? 0) }
  })
}
