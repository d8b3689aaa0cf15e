import { PURSE_KEY, purseKeyOf, samePurse } from './budget-sql'

/**
 * Parts of the statement that stores records (`record` as it was sent, `lines` as they were added to the ledger): in the
 * same transaction each new line is spent in the purses that count it, and what was reserved for it leaves the leases that
 * its request named. A line that was there already is in `lines` no more, so it is spent once.
 */
export const BOOKING = `
  gate AS (DELETE FROM budget_gate WHERE false),
  touched AS MATERIALIZED (
    SELECT p.tenant_id, p.scope_id, p.period, p.starts_at, p.ends_at FROM budget_purse p
    JOIN (
      SELECT DISTINCT tenant_id, unnest(ARRAY[key_id, tenant_id]) AS scope_id FROM lines
    ) AS scope ON scope.tenant_id = p.tenant_id AND scope.scope_id = p.scope_id
    WHERE p.ends_at > (SELECT min(created_at) FROM lines) AND p.starts_at <= (SELECT max(created_at) FROM lines)
    ORDER BY ${purseKeyOf('p')} FOR UPDATE OF p
  ),
  spends AS MATERIALIZED (
    SELECT t.tenant_id, t.scope_id, t.period, t.starts_at, sum(l.cost_pico_usd) AS cost FROM touched t
    JOIN lines l ON l.tenant_id = t.tenant_id AND t.scope_id IN (l.key_id, l.tenant_id)
      AND l.created_at >= t.starts_at AND l.created_at < t.ends_at
    GROUP BY 1, 2, 3, 4
  ),
  asked AS MATERIALIZED (
    SELECT l.tenant_id, lease.id, sum(l.cost_pico_usd) AS cost FROM lines l
    JOIN record r ON r.tenant_id = l.tenant_id AND r.request_id = l.request_id
    CROSS JOIN LATERAL unnest(ARRAY[r.key_lease, r.tenant_lease]) AS lease (id)
    WHERE lease.id IS NOT NULL GROUP BY 1, 2
  ),
  slices AS MATERIALIZED (
    SELECT b.tenant_id, b.id, least(b.amount_pico_usd, a.cost) AS taken, a.cost FROM budget_lease b
    JOIN asked a ON a.tenant_id = b.tenant_id AND a.id = b.id
    WHERE (SELECT count(*) FROM touched) >= 0
    ORDER BY b.tenant_id, b.id FOR UPDATE OF b
  ),
  taken AS (
    UPDATE budget_lease b SET amount_pico_usd = b.amount_pico_usd - s.taken,
      used_pico_usd = greatest(b.used_pico_usd - s.cost, 0)
    FROM slices s WHERE b.tenant_id = s.tenant_id AND b.id = s.id
    RETURNING b.tenant_id, b.scope_id, b.period, b.starts_at, s.taken
  ),
  freed AS MATERIALIZED (SELECT ${PURSE_KEY}, sum(taken) AS taken FROM taken GROUP BY ${PURSE_KEY}),
  booked AS (
    UPDATE budget_purse p SET spent_pico_usd = p.spent_pico_usd + s.cost,
      leased_pico_usd = p.leased_pico_usd - coalesce(f.taken, 0)
    FROM spends s LEFT JOIN freed f ON ${samePurse('f', 's')} WHERE ${samePurse('p', 's')}
  )`
