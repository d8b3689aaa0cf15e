import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { AuditAttempt, AuditShape } from './audit-row'
import { moment, transactionId } from './columns'

const count = (name: string) => bigint(name, { mode: 'number' })

/** The account that owns keys and usage. Deleted ones stay, because their records name them. */
export const tenant = pgTable('tenant', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: moment('created_at').notNull(),
  deletedAt: moment('deleted_at'),
})

/** A secret that we issued: its hash alone, and the first letters by which people know it. */
export const key = pgTable(
  'key',
  {
    tenantId: uuid('tenant_id')
      .notNull()
      .references(() => tenant.id),
    id: uuid('id').notNull(),
    name: text('name').notNull(),
    prefix: text('prefix').notNull(),
    hash: text('hash').notNull(),
    createdAt: moment('created_at').notNull(),
    notBefore: moment('not_before'),
    expiresAt: moment('expires_at'),
    revokedAt: moment('revoked_at'),
  },
  table => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex('key_id').on(table.id),
    uniqueIndex('key_hash').on(table.hash),
  ],
)

/** What other processes must read again, in the order in which it can be read without missing any (changes.ts). */
export const change = pgTable(
  'change',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text('kind', { enum: ['key', 'tenant'] }).notNull(),
    ref: uuid('ref').notNull(),
    xid: transactionId('xid').notNull().default(sql`pg_current_xact_id()`),
    createdAt: moment('created_at').notNull().default(sql`now()`),
  },
  table => [index('change_xid').on(table.xid, table.id)],
)

/** One row per request. `usage` is null exactly where `input_tokens` is. Ids are UUIDv7, so they are in order of time. */
export const audit = pgTable(
  'audit',
  {
    tenantId: uuid('tenant_id').notNull(),
    requestId: uuid('request_id').notNull(),
    keyId: uuid('key_id').notNull(),
    createdAt: moment('created_at').notNull(),
    endpoint: text('endpoint').notNull(),
    stream: boolean('stream').notNull(),
    modelRequested: text('model_requested'),
    model: text('model'),
    vendor: text('vendor'),
    shape: jsonb('shape').$type<AuditShape>().notNull(),
    status: integer('status').notNull(),
    outcome: text('outcome', { enum: ['ok', 'cancelled', 'error', 'rejected'] }).notNull(),
    errorCode: text('error_code'),
    finishReason: text('finish_reason'),
    inputTokens: count('input_tokens'),
    cachedInputTokens: count('cached_input_tokens'),
    cacheWriteTokens: count('cache_write_tokens'),
    cacheWrite1hTokens: count('cache_write_1h_tokens'),
    outputTokens: count('output_tokens'),
    reasoningTokens: count('reasoning_tokens'),
    audioInputTokens: count('audio_input_tokens'),
    audioOutputTokens: count('audio_output_tokens'),
    imageInputTokens: count('image_input_tokens'),
    imageOutputTokens: count('image_output_tokens'),
    audioSeconds: doublePrecision('audio_seconds'),
    characters: count('characters'),
    images: count('images'),
    usageSource: text('usage_source', {
      enum: ['vendor', 'drained', 'vendor_partial', 'tokenizer', 'mixed', 'estimated'],
    }),
    costPicoUsd: numeric('cost_pico_usd', { precision: 38, scale: 0, mode: 'bigint' }).notNull(),
    priceVersion: text('price_version'),
    ttftMs: doublePrecision('ttft_ms'),
    durationMs: doublePrecision('duration_ms').notNull(),
    overheadMs: doublePrecision('overhead_ms').notNull(),
    attempts: jsonb('attempts').$type<AuditAttempt[]>().notNull(),
  },
  table => [
    // One tenant's newest.
    primaryKey({ columns: [table.tenantId, table.requestId] }),
    // Everybody's newest, and one record by its id.
    index('audit_request').on(table.requestId),
    // One key's newest.
    index('audit_key').on(table.keyId, table.requestId),
    // A span of time: rows lie in that order already, so this index is a thousandth of the table.
    index('audit_created').using('brin', table.createdAt),
  ],
)
