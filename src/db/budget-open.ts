import { PURSE_COLUMNS, PURSE_KEY, PURSE_VALUES, type Purse, samePurse } from './budget-sql'
import type { Database } from './client'
import { type Column, encodeColumns, rowsOf } from './column'
import { DEADLINE_MS } from './deadline'
import { firstIdAt } from './month'

/** An id may be made a moment before its request's time is taken. */
const SKEW_MS = 60_000

const COLUMNS: readonly Column<Purse>[] = [
  ...PURSE_COLUMNS,
  {
    name: 'first_id',
    type: 'uuid',
    value: ({ startsAt }) => firstIdAt(Math.max(0, startsAt - SKEW_MS)),
  },
]

/** In SQL, for a purse `p`: the sum of the ledger's lines that it counts. A lease that was debited counts in its own purse alone. */
const BOOKED = `
  SELECT coalesce(sum(l.cost_pico_usd), 0) FROM ledger l
  WHERE l.tenant_id = p.tenant_id AND l.request_id >= p.first_id
    AND l.created_at >= p.starts_at AND l.created_at < p.ends_at
    AND CASE WHEN l.endpoint = 'budget' THEN l.key_id = p.scope_id ELSE p.scope_id IN (l.key_id, l.tenant_id) END`

const OPEN = `
  WITH p AS (
    SELECT ${PURSE_VALUES}, first_id
    FROM ${rowsOf(COLUMNS, 'sent')}
  )
  INSERT INTO budget_purse (tenant_id, scope_id, period, starts_at, ends_at, spent_pico_usd)
  SELECT tenant_id, scope_id, period, starts_at, ends_at, (${BOOKED})
  FROM p WHERE NOT EXISTS (SELECT FROM budget_purse o WHERE ${samePurse('o', 'p')})
  ORDER BY ${PURSE_KEY}
  ON CONFLICT DO NOTHING`

/**
 * Opens purses that are not open yet, each with what was spent in its period before. Nobody books meanwhile: what was
 * booked is counted here, what is booked after finds the purse. Throws `store_unavailable` when the database cannot be asked.
 */
export async function openPurses(db: Database, purses: readonly Purse[]): Promise<void> {
  const opening = db.sql.begin(async transaction => {
    await transaction`LOCK TABLE budget_gate IN SHARE MODE`
    // While a month's partition is made its rows are on their way: a sum that waits for that would be without them. Behind the
    // gate, as whoever books has it: so none waits in a circle.
    await transaction`LOCK TABLE ledger_default IN ACCESS SHARE MODE`
    await transaction.unsafe(OPEN, encodeColumns(COLUMNS, purses))
  })
  await db.ask(opening, DEADLINE_MS.write)
}
