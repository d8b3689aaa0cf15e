import { PURSE_KEY, samePurse } from './budget-sql'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'

/** The purses of some leases, locked before them. */
const held = (which: string) => `
  held AS MATERIALIZED (
    SELECT ${PURSE_KEY}, ends_at FROM budget_purse p
    WHERE EXISTS (SELECT FROM budget_lease b WHERE ${samePurse('b', 'p')} AND ${which})
    ORDER BY ${PURSE_KEY} FOR UPDATE
  )`

const ENDED = 'b.holder = $1::text::uuid AND NOT b.id = ANY ($2::text::uuid[])'
const RETURN = `
  WITH ${held(ENDED)},
  gone AS (
    DELETE FROM budget_lease b USING held h WHERE ${samePurse('b', 'h')} AND ${ENDED} RETURNING b.*
  ),
  corrected AS (
    INSERT INTO ledger (tenant_id, request_id, key_id, created_at, booked_at, line, cost_pico_usd, kind, endpoint, source)
    SELECT tenant_id, id, scope_id, debited_at, now(), 1, -debited_pico_usd, 'adjustment', 'budget', 'estimated'
    FROM gone WHERE debited_pico_usd > 0
    ON CONFLICT DO NOTHING
  ),
  sums AS (
    SELECT ${PURSE_KEY}, sum(amount_pico_usd) AS amount, sum(coalesce(debited_pico_usd, 0)) AS debited FROM gone GROUP BY ${PURSE_KEY}
  )
  UPDATE budget_purse p SET leased_pico_usd = p.leased_pico_usd - s.amount, spent_pico_usd = p.spent_pico_usd - s.debited
  FROM sums s WHERE ${samePurse('p', 's')}`

/**
 * Takes back what a process held, once every request of it is booked: it has ended, and its spool is settled. What had been
 * debited for it is corrected. `keeps` are leases that it goes on with. Again it changes nothing. Throws
 * `store_unavailable` when the database cannot be asked.
 */
export async function returnLeases(
  db: Database,
  holder: string,
  keeps: readonly string[] = [],
): Promise<void> {
  const query = db.sql.unsafe(RETURN, [holder, `{${keeps.join(',')}}`], { prepare: true })
  await db.ask(query, DEADLINE_MS.write)
}

const LATE = `b.debited_pico_usd IS NULL AND b.expires_at < now() - $1::text::double precision * interval '1 millisecond'`
const DEBIT = `
  WITH ${held(LATE)},
  marked AS (
    UPDATE budget_lease b SET debited_pico_usd = b.amount_pico_usd, amount_pico_usd = 0, used_pico_usd = 0,
      debited_at = greatest(b.starts_at, least(now(), h.ends_at - interval '1 millisecond'))
    FROM held h WHERE ${samePurse('b', 'h')} AND ${LATE} RETURNING b.*
  ),
  lines AS (
    INSERT INTO ledger (tenant_id, request_id, key_id, created_at, line, cost_pico_usd, kind, endpoint, source)
    SELECT tenant_id, id, scope_id, debited_at, 0, debited_pico_usd, 'estimated', 'budget', 'estimated'
    FROM marked WHERE debited_pico_usd > 0
    ON CONFLICT DO NOTHING
  ),
  sums AS (SELECT ${PURSE_KEY}, sum(debited_pico_usd) AS debited FROM marked GROUP BY ${PURSE_KEY}),
  counted AS (
    UPDATE budget_purse p SET leased_pico_usd = p.leased_pico_usd - s.debited, spent_pico_usd = p.spent_pico_usd + s.debited
    FROM sums s WHERE ${samePurse('p', 's')}
  )
  SELECT holder, sum(debited_pico_usd)::text AS debited FROM marked GROUP BY holder HAVING sum(debited_pico_usd) > 0`

/**
 * Books the slices of processes that were silent for so long after their lease that no request of theirs can still run, and
 * whose spool never came back: whole, as one estimated line each. Returns what was booked by process.
 */
export async function debitLost(
  db: Database,
  silentMs: number,
): Promise<{ holder: string; debitedPicoUsd: bigint }[]> {
  const query = db.sql.unsafe<{ holder: string; debited: string }[]>(DEBIT, [`${silentMs}`], {
    prepare: true,
  })
  const rows = await db.ask(query, DEADLINE_MS.write)
  return rows.map(({ holder, debited }) => ({ holder, debitedPicoUsd: BigInt(debited) }))
}
