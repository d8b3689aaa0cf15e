import { GatewayError } from '../errors'
import { LEAST_ID, newId } from '../lib/id'
import { auditInsert, type BatchChain, batchInsert } from './audit-batch'
import { BOOKING } from './budget-book'
import type { Database } from './client'
import { buryRecord } from './dead-letter'
import { DEADLINE_MS } from './deadline'
import { LEDGER_NAMES } from './record-columns'
import { EARLIER_COLUMNS, hasEarlier, TEXT_COLUMNS, textsOf } from './record-text'
import { repeatConflict } from './repeat-conflict'
import { sqlStateOf } from './store-error'
import { cleanJsonText, hasEscapes } from './text'

export interface StoreOptions {
  /** A record was refused and lies in `dead_letter` now; the reason names no value. */
  onDeadLetter?: (reason: string) => void
  /** From 0 to 1, below 1. */
  random?: () => number
  /** The batches that this process has stored before; absent: it is the first. */
  chain?: BatchChain
}

/** Behind the records: the batch's id, its process's, and the hash of the batch before it. */
const BATCH_PARAMETERS = ['$2::text::uuid', '$3::text::uuid', '$4::text'] as const
const named = (columns: typeof TEXT_COLUMNS) => columns.map(({ name, sql }) => `${sql} AS ${name}`).join(', ')

/**
 * One statement is one transaction and one round trip: a record, its lines, and what they spend of its budgets, are there
 * together or not at all. `more` are further rows for the ledger.
 */
const insertWith = (more: string) => `
  WITH record AS MATERIALIZED (SELECT ${named(TEXT_COLUMNS)} FROM ${textsOf('$1')}),
  ${auditInsert(BATCH_PARAMETERS[0])},
  lines AS (
    INSERT INTO ledger (line, ${LEDGER_NAMES.join(', ')})
    SELECT 0, ${LEDGER_NAMES.join(', ')}
    FROM record JOIN stored USING (tenant_id, request_id) WHERE kind IS NOT NULL${more}
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, request_id, key_id, created_at, cost_pico_usd
  ),
  ${BOOKING},
  ${batchInsert(...BATCH_PARAMETERS)}`
const INSERT = insertWith('')
/** Where some of the requests have lines of their earlier attempts, too. */
const INSERT_MORE = insertWith(`
    UNION ALL SELECT line, ${LEDGER_NAMES.join(', ')}
    FROM (
      SELECT tenant_id, request_id, key_id, created_at, endpoint, ${named(EARLIER_COLUMNS)}
      FROM record JOIN stored USING (tenant_id, request_id), jsonb_array_elements(earlier) AS row
    ) AS more`)

/** Data exceptions, violated constraints, and more than the server can take (21, 22, 23, 54): sent again they fail again. */
const DATA_ERROR = /^(?:21|22|23|54)/

/**
 * Writes records by their texts, a line each, each with its line of the ledger, and returns how many were new. A request that is there already is
 * left as it is, so a batch whose fate is unknown may be written again. What the database refuses goes to `dead_letter`,
 * alone: the rest of its batch is written. Throws `store_unavailable` when the database cannot be asked; then some of the
 * batch may be written, each record with its line or not at all.
 */
export async function storeRecords(db: Database, lines: string, options: StoreOptions = {}): Promise<number> {
  try {
    return await insert(db, lines, options)
  } catch (error) {
    if (!isDataError(error)) throw error
    if (!lines.includes('\n')) {
      const reason = await buryRecord(db, lines, error)
      options.onDeadLetter?.(reason)
      return 0
    }
  }
  const texts = lines.split('\n')
  const middle = texts.length >> 1
  const half = (part: readonly string[]) => storeRecords(db, part.join('\n'), options)
  return (await half(texts.slice(0, middle))) + (await half(texts.slice(middle)))
}

async function insert(
  db: Database,
  lines: string,
  { random, chain = { process: LEAST_ID, latest: null } }: StoreOptions,
): Promise<number> {
  const query = hasEarlier(lines) ? INSERT_MORE : INSERT
  const parameters = [storable(lines), newId(), chain.process, chain.latest]
  return repeatConflict(async () => {
    const statement = db.sql.unsafe<{ stored: number; hash: string | null }[]>(query, parameters, {
      prepare: true,
    })
    const [result] = await db.ask(statement, DEADLINE_MS.write)
    chain.latest = result?.hash ?? chain.latest
    return result?.stored ?? 0
  }, random)
}

/** A server that refuses the connection itself says nothing about the record, by whatever code. */
function isDataError(error: unknown): boolean {
  return !(error instanceof GatewayError) && DATA_ERROR.test(sqlStateOf(error) ?? '')
}

/** What a text column refuses is rare: it is looked for in all texts at once. */
function storable(lines: string): string {
  return hasEscapes(lines) ? lines.split('\n').map(cleanJsonText).join('\n') : lines
}
