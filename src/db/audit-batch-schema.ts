import { sql } from 'drizzle-orm'
import { index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core'
import { LEAST_ID } from '../lib/id'
import { moment } from './columns'

/**
 * A hash of each batch of requests that a process stored, and of its batch before: they stay when the requests' month goes.
 * A batch is of many tenants; that a row has one all the same lets a database that is spread by tenant hold the table.
 */
export const auditBatch = pgTable(
  'audit_batch',
  {
    tenantId: uuid('tenant_id').notNull().default(LEAST_ID),
    id: uuid('id').notNull(),
    processId: uuid('process_id').notNull(),
    createdAt: moment('created_at').notNull().default(sql`now()`),
    records: integer('records').notNull(),
    previousHash: text('previous_hash'),
    hash: text('hash').notNull(),
    firstId: uuid('first_id'),
    lastId: uuid('last_id'),
  },
  table => [
    primaryKey({ name: 'audit_batch_pk', columns: [table.tenantId, table.id] }),
    index('audit_batch_hash').on(table.processId, table.hash),
  ],
)
