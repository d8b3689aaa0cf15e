import type { Database } from './client'
import { DEADLINE_MS } from './deadline'

/** Names a request that may come again: its tenant, and what its key and idempotency key make together. */
export interface RepeatId {
  tenantId: string
  id: string
}

/** A request that begins, and will keep its answer. */
export interface RepeatClaim extends RepeatId {
  requestId: string
  /** SHA-256 of the secret that it came with. */
  keyHash: string
  /** Of what it asks. */
  mark: string
}

/** What is known of a request that came before. */
export interface Repeat {
  requestId: string
  keyHash: string
  mark: string
  /** running: not ended yet · kept: its answer is here · lost: it was answered whole, and the answer is not kept. */
  state: 'running' | 'kept' | 'lost'
  /** Sealed; of a kept one alone. */
  answer: Uint8Array | null
  /** Too old, or its process died: the next one may begin. */
  isOver: boolean
}

/** How long a process that is silent still counts as running its requests. */
const RUNNING_MS = 15_000
/** The contract's: no answer is kept longer. */
const KEPT_MS = 24 * 3_600_000

/**
 * Begins a request that nobody has begun, or whose answer is too old, or whose process died; whether it did. Throws
 * `store_unavailable`: then it is not known whether it did.
 */
export async function claimRepeat(db: Database, claim: RepeatClaim): Promise<boolean> {
  const { tenantId, id, requestId, keyHash, mark } = claim
  const claimed = await db.lookUp(
    db.sql`
      INSERT INTO idempotency AS known (tenant_id, id, request_id, key_hash, mark, state, running_until, expires_at)
      VALUES (${tenantId}, ${id}, ${requestId}, ${keyHash}, ${mark}, 'running',
        clock_timestamp() + ${RUNNING_MS}::int * interval '1 millisecond',
        clock_timestamp() + ${KEPT_MS}::int * interval '1 millisecond')
      ON CONFLICT (tenant_id, id) DO UPDATE SET
        request_id = excluded.request_id, key_hash = excluded.key_hash, mark = excluded.mark, state = 'running',
        answer = NULL, running_until = excluded.running_until, expires_at = excluded.expires_at
      WHERE known.expires_at <= clock_timestamp()
        OR (known.state = 'running' AND known.running_until <= clock_timestamp())
      RETURNING 1`,
  )
  return claimed.length > 0
}

interface StoredRepeat {
  request_id: string
  key_hash: string
  mark: string
  state: Repeat['state']
  answer: Uint8Array | null
  is_over: boolean
}

/** The request that came before. Throws `store_unavailable`. */
export async function findRepeat(db: Database, { tenantId, id }: RepeatId): Promise<Repeat | undefined> {
  const [row] = await db.lookUp(
    db.sql<StoredRepeat[]>`
      SELECT request_id, key_hash, mark, state, answer,
        expires_at <= clock_timestamp() OR (state = 'running' AND running_until <= clock_timestamp()) AS is_over
      FROM idempotency WHERE tenant_id = ${tenantId} AND id = ${id}`,
  )
  if (!row) return undefined
  const { request_id: requestId, key_hash: keyHash, mark, state, answer, is_over: isOver } = row
  return { requestId, keyHash, mark, state, answer, isOver }
}

/** Says that these requests are still running. Throws `store_unavailable`. */
export async function keepRunning(db: Database, requestIds: readonly string[]): Promise<void> {
  await db.ask(
    db.sql`
      UPDATE idempotency SET running_until = clock_timestamp() + ${RUNNING_MS}::int * interval '1 millisecond'
      WHERE state = 'running' AND request_id = ANY(${`{${requestIds.join(',')}}`}::text::uuid[])`,
    DEADLINE_MS.lookup,
  )
}

/** Keeps a sealed answer, or (null) says that it was answered whole and is not kept. Nothing if another has begun meanwhile. */
export async function keepAnswer(
  db: Database,
  { tenantId, id, requestId }: Pick<RepeatClaim, 'tenantId' | 'id' | 'requestId'>,
  answer: Uint8Array | null,
): Promise<void> {
  const state = answer === null ? 'lost' : 'kept'
  await db.ask(
    db.sql`
      UPDATE idempotency SET state = ${state}, answer = ${answer && Buffer.from(answer)}
      WHERE tenant_id = ${tenantId} AND id = ${id} AND request_id = ${requestId} AND state = 'running'`,
    DEADLINE_MS.write,
  )
}

/** Forgets a request that was not answered whole: the next one runs afresh. */
export async function dropRepeat(
  db: Database,
  { tenantId, id, requestId }: Pick<RepeatClaim, 'tenantId' | 'id' | 'requestId'>,
): Promise<void> {
  await db.ask(
    db.sql`
      DELETE FROM idempotency
      WHERE tenant_id = ${tenantId} AND id = ${id} AND request_id = ${requestId} AND state = 'running'`,
    DEADLINE_MS.write,
  )
}

/** Deletes what is too old to be given again. */
export async function pruneRepeats(db: Database): Promise<void> {
  await db.ask(db.sql`DELETE FROM idempotency WHERE expires_at <= clock_timestamp()`, DEADLINE_MS.write)
}
