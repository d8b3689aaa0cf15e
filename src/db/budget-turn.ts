import { openPurses } from './budget-open'
import { PURSE_COLUMNS, PURSE_VALUES, type Purse, purseKeyOf, samePurse } from './budget-sql'
import { CHANGE_CHANNEL } from './changes'
import type { Database } from './client'
import { type Column, encodeColumns, rowsOf } from './column'

/** What the holder of a lease says and asks: one turn of it. The same turn may be sent again, and changes nothing then. */
export interface Turn {
  purse: Purse
  leaseId: string
  /** 1 opens the lease, each further one is 1 more. */
  turn: number
  /** Goes back: it is not used. */
  givePicoUsd: bigint
  /** Nothing below this would be of use now. */
  leastPicoUsd: bigint
  /** What is waited for. */
  needPicoUsd: bigint
  /** What would be good to have besides being asked again soon; at least `need`. */
  wantPicoUsd: bigint
  /** What requests in flight hold of the lease. */
  usedPicoUsd: bigint
  /** Gives the whole lease back; it must not be used any more. */
  closes: boolean
}

/** The answer to a turn. */
export interface Dealt {
  leaseId: string
  /** done: it holds · again: its fate is open, ask the same again · lost: the slice was taken away. */
  outcome: 'done' | 'again' | 'lost'
  grantedPicoUsd: bigint
  /** Null: there is no such budget any more. */
  limitPicoUsd: bigint | null
  spentPicoUsd: bigint
  /** What nobody holds, after this turn. */
  freePicoUsd: bigint
  /** More is spent and held than there is: the limit was lowered, or a vendor billed more than it was allowed. */
  isOverdrawn: boolean
  /** Other processes that hold something. */
  holding: number
  /** Of those, who may still give something back: they were asked and have not answered, or said that they do not use it. */
  pending: number
}

/** How long a lease is another process's business to respect after its holder's last word. */
export const LEASE_MS = 60_000
/** Others are asked for what they do not use once in so long. */
const RECALL_MS = 1_000
/** Leaves something for those who come next: of what is free one process gets at most this part, shared by all. */
const SHARE = 4
const DEADLINE_MS = 2_000

const money = (name: string, value: (turn: Turn) => bigint): Column<Turn> => ({
  name,
  type: 'numeric',
  value,
})
const TURN_COLUMNS: readonly Column<Turn>[] = [
  ...PURSE_COLUMNS.map((column): Column<Turn> => {
    if ('json' in column) throw new Error('a purse has no JSON')
    return { ...column, value: ({ purse }) => column.value(purse) }
  }),
  { name: 'id', type: 'uuid', value: ({ leaseId }) => leaseId },
  { name: 'turn', type: 'bigint', value: ({ turn }) => turn },
  money('give', turn => turn.givePicoUsd),
  money('least', turn => turn.leastPicoUsd),
  money('need', turn => turn.needPicoUsd),
  money('want', turn => turn.wantPicoUsd),
  money('used', turn => turn.usedPicoUsd),
  { name: 'closes', type: 'boolean', value: ({ closes }) => closes },
]
const HOLDER = `$${TURN_COLUMNS.length + 1}::text::uuid`
const LIFE = `interval '${LEASE_MS} milliseconds'`

/**
 * One statement for all leases of a process: it locks their purses, deals out what is free under the limit of this
 * moment, and books it. A turn that finds its purse shut finds nothing, and is told so.
 */
const TURN = `
  WITH sent AS MATERIALIZED (
    SELECT ${PURSE_VALUES}, id, turn, give, least, need, want, used, closes FROM ${rowsOf(TURN_COLUMNS, 'sent')}
  ),
  held AS MATERIALIZED (
    SELECT p.* FROM budget_purse p JOIN sent s ON ${samePurse('p', 's')}
    ORDER BY ${purseKeyOf('p')} FOR UPDATE OF p
  ),
  state AS MATERIALIZED (
    SELECT s.*, h.spent_pico_usd AS spent, h.leased_pico_usd AS leased, h.recalled_at,
      (coalesce(k.budget, t.budget) ->> 'limit')::numeric AS cap,
      own.turn AS last_turn, own.granted_pico_usd AS last_granted, own.debited_pico_usd IS NOT NULL AS is_debited,
      own.amount_pico_usd < s.give AS is_behind,
      others.holders, others.holding, others.owing
    FROM sent s JOIN held h ON ${samePurse('h', 's')}
    LEFT JOIN budget_lease own ON own.tenant_id = s.tenant_id AND own.id = s.id
    LEFT JOIN key k ON k.tenant_id = s.tenant_id AND k.id = s.scope_id
      AND k.revoked_at IS NULL AND k.budget ->> 'period' = s.period
    LEFT JOIN tenant t ON t.id = s.scope_id AND t.id = s.tenant_id
      AND t.deleted_at IS NULL AND t.budget ->> 'period' = s.period
    CROSS JOIN LATERAL (
      SELECT count(*) AS holders, count(*) FILTER (WHERE o.amount_pico_usd > 0) AS holding, count(*) FILTER (
        WHERE o.amount_pico_usd > 0 AND (o.updated_at < h.recalled_at OR o.amount_pico_usd > o.used_pico_usd)) AS owing
      FROM budget_lease o WHERE ${samePurse('o', 's')} AND o.id <> s.id
        AND o.expires_at > now() AND o.debited_pico_usd IS NULL
    ) AS others
  ),
  offer AS MATERIALIZED (
    SELECT *, greatest(coalesce(cap, 0) - spent - leased + give, 0) AS free FROM state
  ),
  deal AS MATERIALIZED (
    SELECT *, CASE
      WHEN closes OR free < least OR free = 0 THEN 0
      ELSE least(free, greatest(need, least(want, trunc(free / (${SHARE} * (holders + 1))))))
    END AS granted FROM offer
  ),
  call AS MATERIALIZED (
    SELECT *, granted < need AND cap IS NOT NULL AND holders > 0
      AND recalled_at < clock_timestamp() - interval '${RECALL_MS} milliseconds' AS recalls FROM deal
  ),
  opened AS (
    INSERT INTO budget_lease (tenant_id, scope_id, period, starts_at, id, holder, amount_pico_usd, used_pico_usd, turn,
      granted_pico_usd, updated_at, expires_at)
    SELECT tenant_id, scope_id, period, starts_at, id, ${HOLDER}, granted, used, turn, granted,
      clock_timestamp(), now() + ${LIFE}
    FROM call WHERE last_turn IS NULL AND turn = 1 AND NOT closes
    ON CONFLICT DO NOTHING RETURNING id, 0::numeric AS closed
  ),
  turned AS (
    UPDATE budget_lease b SET amount_pico_usd = b.amount_pico_usd + c.granted - c.give, used_pico_usd = c.used,
      turn = c.turn, granted_pico_usd = c.granted, updated_at = clock_timestamp(), expires_at = now() + ${LIFE}
    FROM call c WHERE b.tenant_id = c.tenant_id AND b.id = c.id AND NOT c.closes
      AND b.turn = c.turn - 1 AND b.debited_pico_usd IS NULL AND b.amount_pico_usd >= c.give
    RETURNING b.id, 0::numeric AS closed
  ),
  shut AS (
    DELETE FROM budget_lease b USING call c
    WHERE b.tenant_id = c.tenant_id AND b.id = c.id AND c.closes
      AND b.turn = c.turn - 1 AND b.debited_pico_usd IS NULL
    RETURNING b.id, b.amount_pico_usd AS closed
  ),
  done AS (SELECT * FROM opened UNION ALL SELECT * FROM turned UNION ALL SELECT * FROM shut),
  counted AS (
    UPDATE budget_purse p SET
      leased_pico_usd = p.leased_pico_usd + c.granted - CASE WHEN c.closes THEN d.closed ELSE c.give END,
      recalled_at = CASE WHEN c.recalls THEN clock_timestamp() ELSE p.recalled_at END
    FROM call c JOIN done d ON d.id = c.id WHERE ${samePurse('p', 'c')}
  ),
  told AS (
    INSERT INTO change (kind, ref) SELECT 'budget', c.scope_id FROM call c JOIN done d ON d.id = c.id WHERE c.recalls
  )
  SELECT s.id, c.id IS NULL AS is_shut, d.id IS NOT NULL AS is_done, c.last_turn, c.is_debited, c.is_behind,
    CASE WHEN d.id IS NULL THEN c.last_granted ELSE c.granted END AS granted,
    c.cap, c.spent, greatest(coalesce(c.cap, 0) - c.spent - c.leased + CASE
      WHEN d.id IS NULL THEN 0 WHEN c.closes THEN d.closed ELSE c.give - c.granted END, 0) AS free,
    coalesce(c.cap < c.spent + c.leased - CASE
      WHEN d.id IS NULL THEN 0 WHEN c.closes THEN d.closed ELSE c.give - c.granted END, false) AS is_overdrawn, c.holding::int AS holding, CASE WHEN c.recalls THEN c.holders ELSE c.owing END::int AS pending,
    CASE WHEN c.recalls THEN pg_notify('${CHANGE_CHANNEL}', '') END
  FROM sent s LEFT JOIN call c ON c.id = s.id LEFT JOIN done d ON d.id = s.id`

interface TurnRow {
  id: string
  is_shut: boolean
  is_done: boolean
  last_turn: bigint | null
  is_debited: boolean
  is_behind: boolean | null
  granted: string | null
  cap: string | null
  spent: string
  free: string
  is_overdrawn: boolean
  holding: number
  pending: number
}

/**
 * Takes one turn for each of a process's leases, no two of the same purse, in one round trip; purses that are not open yet
 * are opened on the way. Throws `store_unavailable` when the database does not answer within 2 s: then each turn may hold or
 * not, and is sent again.
 */
export async function takeTurns(db: Database, holder: string, turns: readonly Turn[]): Promise<Dealt[]> {
  const rows = await ask(db, holder, turns)
  const shut = turns.filter(({ leaseId }) => rows.some(({ id, is_shut }) => id === leaseId && is_shut))
  if (shut.length === 0) return rows.map(row => dealt(row, turns))
  await openPurses(
    db,
    shut.map(({ purse }) => purse),
  )
  const again = await ask(db, holder, shut)
  return [...rows.filter(({ is_shut }) => !is_shut), ...again].map(row => dealt(row, turns))
}

async function ask(db: Database, holder: string, turns: readonly Turn[]): Promise<TurnRow[]> {
  const parameters = [...encodeColumns(TURN_COLUMNS, turns), holder]
  return db.ask(db.sql.unsafe<TurnRow[]>(TURN, parameters, { prepare: true }), DEADLINE_MS)
}

function dealt(row: TurnRow, turns: readonly Turn[]): Dealt {
  const sent = turns.find(({ leaseId }) => leaseId === row.id)?.turn ?? 0
  const outcome = outcomeOf(row, sent)
  return {
    leaseId: row.id,
    outcome,
    grantedPicoUsd: outcome === 'done' ? BigInt(row.granted ?? '0') : 0n,
    limitPicoUsd: row.cap === null ? null : BigInt(row.cap),
    spentPicoUsd: BigInt(row.spent ?? '0'),
    freePicoUsd: BigInt(row.free ?? '0'),
    isOverdrawn: row.is_overdrawn,
    holding: row.holding ?? 0,
    pending: row.pending ?? 0,
  }
}

function outcomeOf(row: TurnRow, sent: number): Dealt['outcome'] {
  const { is_done, is_shut, is_debited, is_behind, last_turn } = row
  if (is_done) return 'done'
  if (is_shut) return 'again'
  if (is_debited) return 'lost'
  const last = Number(last_turn ?? 0)
  if (last === sent) return 'done'
  // A database that was put back knows less than its holders do.
  return last === sent - 1 && !is_behind ? 'again' : 'lost'
}
