import { and, eq, sql } from 'drizzle-orm'
import type { Orm } from './client'
import type { LedgerQuantities } from './ledger-row'
import { monthOfId } from './month'
import { QUANTITIES } from './record-columns'
import { ledger } from './schema'

type Transaction = Parameters<Parameters<Orm['transaction']>[0]>[0]

/** All that is booked of a request for one vendor. */
export interface BookedLines extends LedgerQuantities {
  vendor: string | null
  model: string | null
  costPicoUsd: bigint
  /** Of the request's lines, whichever vendor they are of. */
  lastLine: number
}

export const QUANTITY_FIELDS = QUANTITIES.map(([, field]) => field)

/** Where nothing is booked yet. */
export const NOTHING_BOOKED = {
  ...(Object.fromEntries(QUANTITY_FIELDS.map(field => [field, 0])) as unknown as LedgerQuantities),
  costPicoUsd: 0n,
}

const SUMS = Object.fromEntries(
  QUANTITY_FIELDS.map(field => [field, sql`coalesce(sum(${ledger[field]}), 0)::text`.mapWith(Number)]),
) as Record<keyof LedgerQuantities, ReturnType<typeof sql<number>>>

/** What is booked of a request, by vendor. */
export function readBooked(
  transaction: Transaction,
  { tenantId, requestId }: { tenantId: string; requestId: string },
): Promise<BookedLines[]> {
  return transaction
    .select({
      ...SUMS,
      vendor: ledger.vendor,
      model: sql<string | null>`(array_agg(${ledger.model} ORDER BY ${ledger.line}))[1]`,
      costPicoUsd: sql`sum(${ledger.costPicoUsd})::text`.mapWith(BigInt),
      lastLine: sql`max(max(${ledger.line})) OVER ()`.mapWith(Number),
    })
    .from(ledger)
    .where(and(eq(ledger.tenantId, tenantId), eq(ledger.requestId, requestId)))
    .groupBy(ledger.vendor)
}

/** Whether the ledger has the month of that id: a request that was free has no line in it. */
export async function hasMonth(transaction: Transaction, requestId: string): Promise<boolean> {
  const name = `ledger_${monthOfId(requestId).name}`
  const [row] = await transaction.execute<{ is_there: boolean }>(
    sql`SELECT to_regclass(${name}) IS NOT NULL AS is_there`,
  )
  return row?.is_there === true
}
