import { LEAST_ID } from '../lib/id'
import type { Database } from './client'
import { DEADLINE_MS } from './deadline'
import { firstIdAt, monthNamed } from './month'
import { AUDIT_NAMES, LEDGER_NAMES } from './record-columns'

/** The batches that one process stores: each names the one before it that this process knows of. */
export interface BatchChain {
  /** The process's id. */
  readonly process: string
  /** The hash of its latest batch; null before the first. */
  latest: string | null
}

/** What of a request is hashed: its row, and its own line of the ledger as it was stored, without later corrections. */
const LINE_NAMES = LEDGER_NAMES.filter(name => !AUDIT_NAMES.includes(name))
const MOMENT = 'created_at'
const FLOATS = new Set(['ttft_ms', 'duration_ms', 'overhead_ms'])

/**
 * A request's hash, in SQL: of its values as the database has them. `line` gives those of the ledger. What is hashed is the
 * text of the list as jsonb, written without making one: there a float is a numeric, in json it could have an exponent.
 */
function leaf(row: (name: string) => string, line: (name: string) => string): string {
  const values = AUDIT_NAMES.map(name => {
    if (name === MOMENT) return `(extract(epoch FROM ${row(name)}) * 1000)::bigint`
    return FLOATS.has(name) ? `${row(name)}::text::numeric` : row(name)
  })
  const all = [...values, ...LINE_NAMES.map(line)].join(', ')
  return `sha256(convert_to(json_build_array(${all})::text, 'UTF8'))`
}

const LEAVES_LENGTH = 64
const HASH_LENGTH = 2 * LEAVES_LENGTH

/** The first half of a batch's hash: of its requests' hashes. */
const leavesOf = (leaves: string) => `encode(sha256(${leaves}), 'hex')`

/**
 * The second half: of the first, and of all by which a batch is judged once its requests are gone with their month. It can be
 * checked without them.
 */
const sealOf = (previous: string, leaves: string, of: '' | 'p.' = '') =>
  `encode(sha256(convert_to(concat_ws(' ', coalesce(${previous}, '-'), ${of}records, ${of}first_id, ${of}last_id, ${leaves}), 'UTF8')), 'hex')`

/** The whole hash of a batch that was stored before its ids were part of it: half as long. */
const earlierHashOf = (previous: string, leaves: string) =>
  `encode(sha256(convert_to(coalesce(${previous}, ''), 'UTF8') || ${leaves}), 'hex')`

/**
 * Part of the statement that stores records (`record` as it was sent): the audit's rows. `stored` are those that are new,
 * so what depends on them is done once for a request.
 */
export function auditInsert(batch: string): string {
  return `
  stored AS (
    INSERT INTO audit (${AUDIT_NAMES.join(', ')}, batch_id)
    SELECT ${AUDIT_NAMES.join(', ')}, ${batch} FROM record
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, request_id
  )`
}

/**
 * The end of that statement: one hash of what is new, and of between which ids that lies, so that it is known later which months
 * it was of. It answers with how many they are, and the hash.
 */
export function batchInsert(batch: string, process: string, previous: string): string {
  // A request that used nothing has no line; what it would have said stands nowhere.
  const lineValue = (name: string) => `CASE WHEN kind IS NULL THEN NULL ELSE ${name} END`
  const leaves = `string_agg(${leaf(name => name, lineValue)}, ''::bytea ORDER BY request_id)`
  return `
  batch AS (
    INSERT INTO audit_batch (id, process_id, records, previous_hash, hash, first_id, last_id)
    SELECT ${batch}, ${process}, records, ${previous}, leaves || ${sealOf(previous, 'leaves')}, first_id, last_id
    FROM (
      SELECT count(*)::int AS records, ${leavesOf(leaves)} AS leaves, ${endOf('min')} AS first_id, ${endOf('max')} AS last_id
      FROM stored JOIN record USING (tenant_id, request_id) HAVING count(*) > 0
    ) AS fresh
    RETURNING hash
  )
  SELECT (SELECT count(*) FROM stored)::int AS stored, (SELECT hash FROM batch) AS hash`
}

/** The first or last id of all, compared as text, which is in the same order: a uuid has no min in the older servers. */
const endOf = (end: 'min' | 'max') => `${end}(request_id::text COLLATE "C")::uuid`

/** A batch, and what has become of it. */
export interface CheckedBatch {
  id: string
  processId: string
  createdAt: number
  records: number
  /** How many of them are there now. */
  found: number
  previousHash: string | null
  hash: string
  /** Those that are there are the very ones, as they were stored. */
  isWhole: boolean
  /** The batch that it names is there. */
  follows: boolean
  /** How much of it lay in months that were dropped since. */
  dropped: 'none' | 'some' | 'all'
}

/** Rows lie in the month of their id: of one before the oldest partition nothing need be there. */
const OLDEST_PARTITION = `
  (SELECT min(child.relname) FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
   WHERE inhparent = 'audit'::regclass AND child.relname ~ '^audit_\\d{4}_\\d{2}$')`

/** Whether what is said of a batch (`p`) is what its hash is of; its requests need not be there. */
const SEALED = `${sealOf('p.previous_hash', `left(p.hash, ${LEAVES_LENGTH})`, 'p.')} = right(p.hash, ${LEAVES_LENGTH})`

const CHECK = `
  WITH page AS MATERIALIZED (
    SELECT * FROM audit_batch WHERE tenant_id = '${LEAST_ID}' AND ($1::text IS NULL OR id < $1::text::uuid)
    ORDER BY id DESC LIMIT $2::int
  ),
  leaves AS (
    SELECT a.batch_id, count(*) AS found,
      string_agg(${leaf(
        name => `a.${name}`,
        name => `l.${name}`,
      )}, ''::bytea ORDER BY a.request_id) AS hashes
    FROM audit a LEFT JOIN ledger l
      ON l.tenant_id = a.tenant_id AND l.request_id = a.request_id AND l.line = 0
    WHERE a.batch_id IN (SELECT id FROM page) GROUP BY a.batch_id
  )
  SELECT p.id, p.process_id, p.records, p.previous_hash, p.hash, coalesce(leaves.found, 0)::int AS found,
    p.first_id, p.last_id, ${OLDEST_PARTITION} AS oldest_partition,
    (extract(epoch FROM p.created_at) * 1000)::float8 AS created_at,
    CASE WHEN length(p.hash) = ${HASH_LENGTH}
      THEN ${SEALED} AND coalesce(${leavesOf('leaves.hashes')} = left(p.hash, ${LEAVES_LENGTH}), false)
      ELSE coalesce(${earlierHashOf('p.previous_hash', 'leaves.hashes')} = p.hash, false) END AS is_whole,
    length(p.hash) <> ${HASH_LENGTH} OR ${SEALED} AS is_sealed,
    p.previous_hash IS NULL OR EXISTS (
      SELECT FROM audit_batch q WHERE q.process_id = p.process_id AND q.hash = p.previous_hash
    ) AS follows
  FROM page p LEFT JOIN leaves ON leaves.batch_id = p.id ORDER BY p.id DESC`

/** Batches, newest first, each checked against the rows that are there now. */
export async function checkBatches(
  db: Database,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<CheckedBatch[]> {
  const rows = await db.ask(
    db.reads.unsafe<StoredBatch[]>(CHECK, [after ?? null, String(limit)]),
    DEADLINE_MS.read,
  )
  return rows.map(row => ({
    id: row.id,
    processId: row.process_id,
    createdAt: Math.round(row.created_at),
    records: row.records,
    found: row.found,
    previousHash: row.previous_hash,
    hash: row.hash,
    isWhole: row.is_whole,
    follows: row.follows,
    dropped: droppedOf(row),
  }))
}

function droppedOf({
  first_id,
  last_id,
  found,
  oldest_partition,
  is_sealed,
}: StoredBatch): CheckedBatch['dropped'] {
  // Its ids are not those that it was stored with.
  if (!is_sealed) return 'none'
  // One that was stored before its ids were noted.
  if (first_id === null || last_id === null) return found === 0 ? 'all' : 'none'
  const oldest = oldest_partition === null ? undefined : monthNamed(oldest_partition)
  if (!oldest || first_id >= firstIdAt(oldest.startMs)) return 'none'
  return last_id < firstIdAt(oldest.startMs) ? 'all' : 'some'
}

interface StoredBatch {
  id: string
  process_id: string
  created_at: number
  records: number
  found: number
  previous_hash: string | null
  hash: string
  first_id: string | null
  last_id: string | null
  oldest_partition: string | null
  is_whole: boolean
  is_sealed: boolean
  follows: boolean
}
