import { sql } from 'drizzle-orm'
import { bigint, check, index, numeric, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { moment } from './columns'

const money = (name: string) => numeric(name, { precision: 38, scale: 0, mode: 'bigint' })
const PURSE = {
  tenantId: uuid('tenant_id').notNull(),
  /** A key's id, or the tenant's own. */
  scopeId: uuid('scope_id').notNull(),
  period: text('period').notNull(),
  startsAt: moment('starts_at').notNull(),
}

/**
 * What was spent of one budget in one period, and what processes hold of it besides. `spent` is the sum of the ledger's
 * lines of that key or tenant and period, always; it grows in the statement that adds them.
 */
export const budgetPurse = pgTable(
  'budget_purse',
  {
    ...PURSE,
    endsAt: moment('ends_at').notNull(),
    spentPicoUsd: money('spent_pico_usd').notNull().default(sql`0`),
    /** The sum of the leases' amounts: `spent + leased` is never made to pass the limit. */
    leasedPicoUsd: money('leased_pico_usd').notNull().default(sql`0`),
    /** When processes were last asked for what they hold and do not use. */
    recalledAt: moment('recalled_at').notNull().default(sql`'-infinity'`),
  },
  table => [
    primaryKey({
      name: 'budget_purse_pk',
      columns: [table.tenantId, table.scopeId, table.period, table.startsAt],
    }),
    check('budget_purse_not_negative', sql`${table.spentPicoUsd} >= 0 AND ${table.leasedPicoUsd} >= 0`),
  ],
)

/** A slice of a purse that one process may spend without asking. */
export const budgetLease = pgTable(
  'budget_lease',
  {
    ...PURSE,
    id: uuid('id').notNull(),
    /** The process: its spool's folder has this name. */
    holder: uuid('holder').notNull(),
    /** What is left of the slice: it shrinks by each cost that is booked from it. */
    amountPicoUsd: money('amount_pico_usd').notNull(),
    /** What of it requests in flight hold, as the process last said. */
    usedPicoUsd: money('used_pico_usd').notNull().default(sql`0`),
    /** Counts what the holder asked for: the same turn twice is the same question. */
    turn: bigint('turn', { mode: 'number' }).notNull(),
    /** The answer to that turn. */
    grantedPicoUsd: money('granted_pico_usd').notNull(),
    updatedAt: moment('updated_at').notNull(),
    /** Renewed with every turn; a holder that is silent long after it has lost the slice. */
    expiresAt: moment('expires_at').notNull(),
    /** What was booked as spent because the holder never came back; null while it may. */
    debitedPicoUsd: money('debited_pico_usd'),
    debitedAt: moment('debited_at'),
  },
  table => [
    primaryKey({ name: 'budget_lease_pk', columns: [table.tenantId, table.id] }),
    index('budget_lease_purse').on(table.tenantId, table.scopeId, table.period, table.startsAt),
    index('budget_lease_holder').on(table.holder),
    check('budget_lease_not_negative', sql`${table.amountPicoUsd} >= 0 AND ${table.usedPicoUsd} >= 0`),
  ],
)

/** Always empty. Whoever books takes a lock on it, so that a purse can be opened while nobody does. */
export const budgetGate = pgTable('budget_gate', { tenantId: uuid('tenant_id').primaryKey() })
