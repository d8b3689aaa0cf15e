import { and, eq, sql } from 'drizzle-orm'
import { formatUsd } from '../lib/money'
import { BOOKING } from './budget-book'
import type { Database, Orm } from './client'
import { DEADLINE_MS } from './deadline'
import type { LedgerQuantities } from './ledger-row'
import { type Changer, type Facts, noteChange } from './management-log'
import { QUANTITIES } from './record-columns'
import { audit, ledger } from './schema'

type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** What a request comes to by its vendor's bill. */
export interface Correction {
  requestId: string
  costPicoUsd: bigint
  /** Undefined leaves the figures as they are. */
  quantities?: LedgerQuantities | undefined
}

/** All that is booked of a request. */
interface Booked extends LedgerQuantities {
  costPicoUsd: bigint
  lastLine: number
}

const REQUEST = {
  tenantId: audit.tenantId,
  requestId: audit.requestId,
  keyId: audit.keyId,
  createdAt: audit.createdAt,
  endpoint: audit.endpoint,
  model: audit.model,
  vendor: audit.vendor,
}

/**
 * Books what a request's lines have too little of, or too much, as one further line of it, which counts in the budgets of the
 * request's own time, and notes who did it: all of that or nothing. The same correction again adds nothing. False if there
 * is no such record. Throws `store_unavailable` when the database cannot be asked.
 */
export async function correctRecord(db: Database, correction: Correction, by: Changer): Promise<boolean> {
  const { requestId } = correction
  const booking = db.orm.transaction(async transaction => {
    // One at a time for a request: two corrections cannot both begin at the same sums.
    const isIt = eq(audit.requestId, requestId)
    const [request] = await transaction.select(REQUEST).from(audit).where(isIt).for('update')
    if (!request) return false
    const before = await readBooked(transaction, request)
    const after = { ...before, ...correction.quantities, costPicoUsd: correction.costPicoUsd }
    const changed = FIELDS.filter(field => after[field] !== before[field])
    if (changed.length === 0 && after.costPicoUsd === before.costPicoUsd) return true
    await book(transaction, {
      ...request,
      ...Object.fromEntries(changed.map(field => [field, after[field] - before[field]])),
      costPicoUsd: after.costPicoUsd - before.costPicoUsd,
      line: before.lastLine + 1,
    })
    const facts = (of: Booked) => factsOf(of, changed)
    const change = { tenantId: request.tenantId, by, action: 'request.correct', targetId: requestId } as const
    await noteChange(transaction, { ...change, before: facts(before), after: facts(after) })
    return true
  })
  return db.ask(booking, DEADLINE_MS.write)
}

const FIELDS = QUANTITIES.map(([, field]) => field)

const SUMS = Object.fromEntries(
  FIELDS.map(field => [field, sql`coalesce(sum(${ledger[field]}), 0)::text`.mapWith(Number)]),
) as Record<keyof LedgerQuantities, ReturnType<typeof sql<number>>>

async function readBooked(
  transaction: Transaction,
  { tenantId, requestId }: { tenantId: string; requestId: string },
): Promise<Booked> {
  const [booked] = await transaction
    .select({
      ...SUMS,
      costPicoUsd: sql`coalesce(sum(${ledger.costPicoUsd}), 0)::text`.mapWith(BigInt),
      // Line 0 is the request's own, also of one that has none.
      lastLine: sql`coalesce(max(${ledger.line}), 0)`.mapWith(Number),
    })
    .from(ledger)
    .where(and(eq(ledger.tenantId, tenantId), eq(ledger.requestId, requestId)))
  // A sum over no lines is a row too.
  return booked as Booked
}

type Line = Omit<typeof ledger.$inferInsert, 'kind' | 'source' | 'bookedAt'>

/** Adds the line, and spends it in the purses that count its request. */
async function book(transaction: Transaction, line: Line): Promise<void> {
  const added = transaction
    .insert(ledger)
    .values({ ...line, kind: 'adjustment', source: 'vendor', bookedAt: sql`now()` })
    .returning({
      tenantId: ledger.tenantId,
      requestId: ledger.requestId,
      keyId: ledger.keyId,
      createdAt: ledger.createdAt,
      costPicoUsd: ledger.costPicoUsd,
    })
  // What was reserved for the request left its leases when its own line was stored.
  await transaction.execute(sql`
    WITH record AS (
      SELECT ${line.tenantId}::uuid AS tenant_id, ${line.requestId}::uuid AS request_id,
        NULL::uuid AS key_lease, NULL::uuid AS tenant_lease
    ),
    lines AS (${added.getSQL()}),
    ${sql.raw(BOOKING)}
    SELECT`)
}

/** What the management log says of a request's bill: its cost, and the classes that the correction changes. */
function factsOf(booked: Booked, changed: readonly (keyof LedgerQuantities)[]): Facts {
  const classes = QUANTITIES.filter(([, field]) => changed.includes(field))
  return {
    cost_usd: formatUsd(booked.costPicoUsd),
    ...Object.fromEntries(classes.map(([column, field]) => [column, booked[field]])),
  }
}
