import { eq, sql } from 'drizzle-orm'
import { formatUsd } from '../lib/money'
import { type BookedLines, hasMonth, NOTHING_BOOKED, QUANTITY_FIELDS, readBooked } from './booked'
import { BOOKING } from './budget-book'
import type { Database, Orm } from './client'
import { DEADLINE_MS } from './deadline'
import type { LedgerQuantities } from './ledger-row'
import { type Changer, type Facts, noteChange } from './management-log'
import { QUANTITIES } from './record-columns'
import { repeatConflict } from './repeat-conflict'
import { audit, ledger } from './schema'

type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** What a request comes to by one vendor's bill. */
export interface Correction {
  requestId: string
  /** Whose bill it is. Undefined where only one vendor was booked. */
  vendor?: string | undefined
  costPicoUsd: bigint
  /** Undefined leaves the figures as they are. */
  quantities?: LedgerQuantities | undefined
}

/** Why nothing could be booked. */
export type Uncorrected =
  /** There is no such record. */
  | { reason: 'missing' }
  /** These vendors may have billed it, and the correction must say which one means. */
  | { reason: 'vendors'; vendors: string[] }
  /** Its month of the ledger is not there: what was booked in it is not known any more. */
  | { reason: 'dropped' }

const REQUEST = {
  tenantId: audit.tenantId,
  requestId: audit.requestId,
  keyId: audit.keyId,
  createdAt: audit.createdAt,
  endpoint: audit.endpoint,
  model: audit.model,
  vendor: audit.vendor,
  attempts: audit.attempts,
}
type Request = Pick<typeof audit.$inferSelect, keyof typeof REQUEST>

/**
 * Books what a request's lines have too little of, or too much, by a vendor's bill: as one further line, which counts in the
 * budgets of the request's own time, with a note of who did it, all of that or nothing. The same correction again adds
 * nothing. Returns why it cannot be. Throws `store_unavailable` when the database cannot be asked.
 */
export async function correctRecord(
  db: Database,
  correction: Correction,
  by: Changer,
): Promise<Uncorrected | undefined> {
  return repeatConflict(() => {
    const booking = db.orm.transaction(transaction => correct(transaction, correction, by))
    return db.ask(booking, DEADLINE_MS.write)
  })
}

async function correct(
  transaction: Transaction,
  correction: Correction,
  by: Changer,
): Promise<Uncorrected | undefined> {
  const { requestId } = correction
  // While a month's partition is made its rows are on their way: a statement that waits for that would not find them.
  await transaction.execute(sql`LOCK TABLE ledger_default, audit_default IN ACCESS SHARE MODE`)
  // One at a time for a request: two corrections cannot both begin at the same sums.
  const isIt = eq(audit.requestId, requestId)
  const [request] = await transaction.select(REQUEST).from(audit).where(isIt).for('update')
  if (!request) return { reason: 'missing' }
  const lines = await readBooked(transaction, request)
  if (lines.length === 0 && !(await hasMonth(transaction, requestId))) return { reason: 'dropped' }
  const chosen = chooseVendor(request, lines, correction.vendor)
  if ('reason' in chosen) return chosen
  const { lastLine, ...before } = chosen
  const after = { ...before, ...correction.quantities, costPicoUsd: correction.costPicoUsd }
  const changed = QUANTITY_FIELDS.filter(field => after[field] !== before[field])
  if (changed.length === 0 && after.costPicoUsd === before.costPicoUsd) return undefined
  const facts = (of: typeof before) => factsOf(of, changed)
  const change = { tenantId: request.tenantId, by, action: 'request.correct', targetId: requestId } as const
  // Before the purses: whoever books waits for those, and this may have to wait.
  await noteChange(transaction, { ...change, before: facts(before), after: facts(after) })
  const { attempts: _, ...own } = request
  await book(transaction, {
    ...own,
    ...{ vendor: before.vendor, model: before.model, line: lastLine + 1 },
    ...Object.fromEntries(changed.map(field => [field, after[field] - before[field]])),
    costPicoUsd: after.costPicoUsd - before.costPicoUsd,
  })
  return undefined
}

/** What is booked of the vendor that is meant: of one that was asked and booked nothing, nothing. */
function chooseVendor(
  { vendor, model, attempts }: Request,
  booked: readonly BookedLines[],
  named: string | undefined,
): BookedLines | Extract<Uncorrected, { reason: 'vendors' }> {
  const [only, ...others] = booked
  const lastLine = only?.lastLine ?? 0
  if (named === undefined && only && others.length === 0) return only
  const found = booked.find(line => line.vendor === named)
  if (found) return found
  const attempt = attempts.findLast(attempt => attempt.vendor === named)
  if (attempt) return { ...NOTHING_BOOKED, vendor: attempt.vendor, model: attempt.model, lastLine }
  if (named === undefined && !only) return { ...NOTHING_BOOKED, vendor, model, lastLine }
  const vendors = [...booked, ...attempts].flatMap(({ vendor }) => vendor ?? [])
  return { reason: 'vendors', vendors: [...new Set(vendors)] }
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

/** What the management log says of a vendor's bill: its cost, and the ledger's classes that the correction changes. */
function factsOf(
  { vendor, ...booked }: Omit<BookedLines, 'lastLine'>,
  changed: readonly (keyof LedgerQuantities)[],
): Facts {
  const classes = QUANTITIES.filter(([, field]) => changed.includes(field))
  return {
    vendor,
    cost_usd: formatUsd(booked.costPicoUsd),
    ...(classes.length > 0 && {
      ledger: Object.fromEntries(classes.map(([column, field]) => [column, booked[field]])),
    }),
  }
}
