import { sql } from 'drizzle-orm'
import {
  bigint,
  boolean,
  check,
  doublePrecision,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { AuditAttempt, AuditShape } from './audit-row'
import { budgetColumn } from './budget'
import { bytea, moment, transactionId } from './columns'
import type { RateLimits } from './limits'
import type { Facts, ManagementAction } from './management-log'
import type { SharedLimits } from './shared-limits'

const count = (name: string) => bigint(name, { mode: 'number' })

/** The account that owns keys and usage. Deleted ones stay, because their records name them. */
export const tenant = pgTable('tenant', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  createdAt: moment('created_at').notNull(),
  deletedAt: moment('deleted_at'),
  limits: jsonb('limits').$type<RateLimits>(),
  budget: budgetColumn('budget'),
  /** As a key's. */
  version: count('version').notNull().default(sql`(extract(epoch from now()) * 1000)::bigint`),
})

const INFERENCE_SCOPES = ['llm', 'embeddings', 'stt', 'tts', 'images', 'moderations']

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
    scopes: jsonb('scopes').$type<string[]>().notNull().default(INFERENCE_SCOPES),
    /** Ids or globs; null is every model. */
    models: jsonb('models').$type<string[]>(),
    limits: jsonb('limits').$type<RateLimits>(),
    budget: budgetColumn('budget'),
    /** The secret before the last rotation, and until when it works. */
    oldHash: text('old_hash'),
    oldUntil: moment('old_until'),
    /** Grows with every change: milliseconds since 1970, or one more than before. */
    version: count('version').notNull().default(sql`(extract(epoch from now()) * 1000)::bigint`),
  },
  table => [
    primaryKey({ columns: [table.tenantId, table.id] }),
    uniqueIndex('key_id').on(table.id),
    uniqueIndex('key_hash').on(table.hash),
    uniqueIndex('key_old_hash').on(table.oldHash).where(sql`${table.oldHash} IS NOT NULL`),
    check('key_old_whole', sql`(${table.oldHash} IS NULL) = (${table.oldUntil} IS NULL)`),
  ],
)

/** What other processes must read again, in the order in which it can be read without missing any (changes.ts). */
export const change = pgTable(
  'change',
  {
    id: bigint('id', { mode: 'bigint' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text('kind', { enum: ['key', 'tenant', 'budget'] }).notNull(),
    ref: uuid('ref').notNull(),
    xid: transactionId('xid').notNull().default(sql`pg_current_xact_id()`),
    createdAt: moment('created_at').notNull().default(sql`now()`),
  },
  table => [index('change_xid').on(table.xid, table.id)],
)

/** Processes that share limits. What one of them holds is the others' again when its lease has ended. Few, and of no tenant. */
export const processLease = pgTable('process_lease', {
  id: uuid('id').primaryKey(),
  expiresAt: moment('expires_at').notNull(),
})

/** How the limits of one key or tenant are shared out among the processes at this moment (limit-shares.ts). */
export const limitShare = pgTable(
  'limit_share',
  {
    tenantId: uuid('tenant_id').notNull(),
    /** A key's id, or the tenant's own. */
    subjectId: uuid('subject_id').notNull(),
    shares: jsonb('shares').$type<SharedLimits>().notNull(),
    /** Some process wants more than is free: the others look what they can give. */
    isShort: boolean('is_short').notNull().default(false),
  },
  table => [
    primaryKey({ name: 'limit_share_pk', columns: [table.tenantId, table.subjectId] }),
    index('limit_share_short').on(table.subjectId).where(sql`${table.isShort}`),
  ],
)

/** Requests that may come again, and their answers, sealed under what only the caller has: 24 hours at most. */
export const idempotency = pgTable(
  'idempotency',
  {
    tenantId: uuid('tenant_id').notNull(),
    /** SHA-256 of the key's id and the caller's Idempotency-Key. */
    id: text('id').notNull(),
    requestId: uuid('request_id').notNull(),
    /** SHA-256 of the secret that it came with. */
    keyHash: text('key_hash').notNull(),
    /** An HMAC of what it asked, under what only the caller has. */
    mark: text('mark').notNull(),
    state: text('state', { enum: ['running', 'kept', 'lost'] }).notNull(),
    answer: bytea('answer'),
    /** Until when its process counts as alive. */
    runningUntil: moment('running_until').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  table => [
    primaryKey({ name: 'idempotency_pk', columns: [table.tenantId, table.id] }),
    index('idempotency_running').on(table.requestId).where(sql`${table.state} = 'running'`),
    index('idempotency_expires').on(table.expiresAt),
    check('idempotency_state', sql`${table.state} IN ('running', 'kept', 'lost')`),
    check('idempotency_answer', sql`(${table.state} = 'kept') = (${table.answer} IS NOT NULL)`),
  ],
)

const SOURCES = ['vendor', 'drained', 'vendor_partial', 'tokenizer', 'mixed', 'estimated'] as const

/**
 * Every price that a line of the ledger names, so that the line can be recomputed from the database alone. Only ever
 * added to, and not by tenant: prices are everybody's, and few.
 */
export const price = pgTable('price', {
  version: text('version').primaryKey(),
  /** Meter → amount in pico-dollars and the units that it is for, both as decimal text. */
  rates: jsonb('rates').notNull(),
  /** The same from so many input tokens on, ascending. */
  tiers: jsonb('tiers').notNull(),
  firstSeen: moment('first_seen').notNull().default(sql`now()`),
})

/**
 * One row per request: what it was and how it went. Ids are UUIDv7, so they are in order of time. Partitioned by month
 * of `request_id`, as the ledger is, which drizzle cannot say: the migration does.
 */
export const audit = pgTable(
  'audit',
  {
    tenantId: uuid('tenant_id').notNull(),
    requestId: uuid('request_id').notNull(),
    keyId: uuid('key_id').notNull(),
    createdAt: moment('created_at').notNull(),
    ttftMs: doublePrecision('ttft_ms'),
    durationMs: doublePrecision('duration_ms').notNull(),
    overheadMs: doublePrecision('overhead_ms').notNull(),
    status: integer('status').notNull(),
    stream: boolean('stream').notNull(),
    endpoint: text('endpoint').notNull(),
    modelRequested: text('model_requested'),
    model: text('model'),
    vendor: text('vendor'),
    outcome: text('outcome', { enum: ['ok', 'cancelled', 'error', 'rejected'] }).notNull(),
    errorCode: text('error_code'),
    finishReason: text('finish_reason'),
    shape: jsonb('shape').$type<AuditShape>().notNull(),
    attempts: jsonb('attempts').$type<AuditAttempt[]>().notNull(),
    /** As the vendor wrote it. */
    rawUsage: jsonb('raw_usage'),
    /** What the caller says of itself; kept where that is asked for. */
    callerUser: text('caller_user'),
    callerMetadata: jsonb('caller_metadata').$type<Record<string, string>>(),
    /** The batch that it was stored in (audit-batch.ts). */
    batchId: uuid('batch_id'),
  },
  table => [
    // One tenant's newest.
    primaryKey({ name: 'audit_pk', columns: [table.tenantId, table.requestId] }),
    // Everybody's newest, and one record by its id.
    index('audit_request').on(table.requestId),
    // One key's newest.
    index('audit_key').on(table.keyId, table.requestId),
    // A span of time: rows lie in that order already, so this index is a thousandth of the table.
    index('audit_created').using('brin', table.createdAt),
    // As above: batches' ids are in order of time.
    index('audit_batch_id').using('brin', table.batchId),
  ],
)

/** What is owed: only ever added to. Quantities do not overlap and are null where they are 0. Fixed widths stand first, so that no byte is padding. */
export const ledger = pgTable(
  'ledger',
  {
    tenantId: uuid('tenant_id').notNull(),
    requestId: uuid('request_id').notNull(),
    keyId: uuid('key_id').notNull(),
    createdAt: moment('created_at').notNull(),
    bookedAt: moment('booked_at'),
    input: count('input'),
    cachedInput: count('cached_input'),
    cacheWrite: count('cache_write'),
    cacheWrite1h: count('cache_write_1h'),
    output: count('output'),
    reasoning: count('reasoning'),
    audioInput: count('audio_input'),
    audioOutput: count('audio_output'),
    imageInput: count('image_input'),
    imageOutput: count('image_output'),
    audioMs: count('audio_ms'),
    characters: count('characters'),
    images: count('images'),
    line: smallint('line').notNull(),
    costPicoUsd: numeric('cost_pico_usd', { precision: 38, scale: 0, mode: 'bigint' }).notNull(),
    kind: text('kind', { enum: ['usage', 'estimated', 'adjustment', 'overrun'] }).notNull(),
    endpoint: text('endpoint').notNull(),
    model: text('model'),
    vendor: text('vendor'),
    priceVersion: text('price_version'),
    source: text('source', { enum: SOURCES }),
  },
  table => [
    primaryKey({ name: 'ledger_pk', columns: [table.tenantId, table.requestId, table.line] }),
    index('ledger_created').using('brin', table.createdAt),
    check('ledger_kind', sql`${table.kind} IN ('usage', 'estimated', 'adjustment', 'overrun')`),
    check('ledger_line', sql`${table.line} >= 0`),
    check(
      'ledger_not_negative',
      sql`${table.kind} = 'adjustment' OR (${table.costPicoUsd} >= 0 AND least(${table.input}, ${table.cachedInput}, ${table.cacheWrite}, ${table.cacheWrite1h}, ${table.output}, ${table.reasoning}, ${table.audioInput}, ${table.audioOutput}, ${table.imageInput}, ${table.imageOutput}, ${table.audioMs}, ${table.characters}, ${table.images}) >= 0)`,
    ),
  ],
)

/** Records that the database refused, whole: they wait for a person. The ids are text, since they may be what is wrong. */
export const deadLetter = pgTable(
  'dead_letter',
  {
    tenantId: text('tenant_id').notNull(),
    id: uuid('id').notNull(),
    requestId: text('request_id').notNull(),
    reason: text('reason').notNull(),
    payload: text('payload').notNull(),
    createdAt: moment('created_at').notNull().default(sql`now()`),
  },
  table => [primaryKey({ name: 'dead_letter_pk', columns: [table.tenantId, table.id] })],
)

/** Who changed which key or tenant, and corrected which request's bill: only ever added to, each entry chained by its hash to the one before it of its tenant. */
export const managementLog = pgTable(
  'management_log',
  {
    tenantId: uuid('tenant_id').notNull(),
    sequence: count('sequence').notNull(),
    id: uuid('id').notNull(),
    at: moment('at').notNull(),
    /** `admin`, `gateway`, or the id of the key that asked. */
    by: text('by').notNull(),
    action: text('action').$type<ManagementAction>().notNull(),
    targetId: uuid('target_id').notNull(),
    before: jsonb('before').$type<Facts>(),
    after: jsonb('after').$type<Facts>(),
    hash: text('hash').notNull(),
  },
  table => [
    primaryKey({ name: 'management_log_pk', columns: [table.tenantId, table.sequence] }),
    // Everybody's newest.
    index('management_log_id').on(table.id),
  ],
)
