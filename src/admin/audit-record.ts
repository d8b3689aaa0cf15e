import { type Static, Type } from '@sinclair/typebox'
import { ENDPOINTS, type Endpoint } from '../catalog/model'
import type { AuditAttempt, AuditRow, AuditShape } from '../db/audit-row'
import { formatUsd } from '../lib/money'
import { nullable } from './answer'
import { formatTime } from './time'
import { roundMs, UsageSchema, usageJson } from './usage-figures'

export const OUTCOMES = ['ok', 'cancelled', 'error', 'rejected'] as const
const SOURCES = ['vendor', 'drained', 'vendor_partial', 'tokenizer', 'mixed', 'estimated'] as const

const ShapeSchema = Type.Object(
  {
    messages: Type.Integer(),
    tools: Type.Integer(),
    images: Type.Integer(),
    audio: Type.Integer(),
    request_bytes: Type.Integer(),
    max_tokens: nullable(Type.Integer()),
    temperature: nullable(Type.Number()),
  },
  { description: 'What the request looked like, never what it said.' },
)

const AttemptSchema = Type.Object({
  vendor: Type.String(),
  model: Type.String(),
  status: nullable(Type.Integer(), { description: 'Null where no answer came.' }),
  duration_ms: Type.Number(),
  vendor_request_id: nullable(Type.String()),
  cost_usd: Type.Optional(
    Type.String({
      description:
        'Only of an attempt that gave no answer and may be billed all the same; the record’s own `usage` and `cost_usd` are with it.',
    }),
  ),
  usage_source: Type.Optional(
    Type.Union(
      SOURCES.map(name => Type.Literal(name)),
      { description: 'Whose figures that is by.' },
    ),
  ),
})

/** The record of one request, as it is read. */
export const AuditRecordSchema = Type.Object({
  request_id: Type.String(),
  tenant_id: Type.String(),
  key_id: Type.String(),
  created_at: Type.String({ format: 'date-time' }),
  endpoint: Type.Union(ENDPOINTS.map(name => Type.Literal(name))),
  stream: Type.Boolean(),
  model_requested: nullable(Type.String()),
  model: nullable(Type.String(), { description: 'What the vendor says it was. Null if none was asked.' }),
  vendor: nullable(Type.String()),
  shape: ShapeSchema,
  status: Type.Integer(),
  outcome: Type.Union(OUTCOMES.map(name => Type.Literal(name))),
  error_code: nullable(Type.String()),
  finish_reason: nullable(Type.String()),
  usage: nullable(UsageSchema),
  usage_source: nullable(Type.Union(SOURCES.map(name => Type.Literal(name)))),
  cost_usd: Type.String({ description: 'Dollars, exactly.' }),
  price_version: nullable(Type.String()),
  ttft_ms: nullable(Type.Number(), { description: 'Time to the first token.' }),
  duration_ms: Type.Number(),
  overhead_ms: Type.Number({ description: 'The gateway’s own share.' }),
  attempts: Type.Array(AttemptSchema),
  user: Type.Optional(Type.String({ description: 'The caller’s `user`; with `AUDIT_METADATA=1` alone.' })),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description: 'The caller’s `metadata`; with `AUDIT_METADATA=1` alone.',
    }),
  ),
})
export type AuditRecord = Static<typeof AuditRecordSchema>

/** A stored record in the words of the public interface. */
export function auditRecord(row: AuditRow): AuditRecord {
  return {
    request_id: row.requestId,
    tenant_id: row.tenantId,
    key_id: row.keyId,
    created_at: formatTime(row.createdAt),
    endpoint: row.endpoint as Endpoint,
    stream: row.stream,
    model_requested: row.modelRequested,
    model: row.model,
    vendor: row.vendor,
    shape: shapeJson(row.shape),
    status: row.status,
    outcome: row.outcome,
    error_code: row.errorCode,
    finish_reason: row.finishReason,
    usage: row.usage && usageJson(row.usage),
    usage_source: row.usageSource,
    cost_usd: formatUsd(row.costPicoUsd),
    price_version: row.priceVersion,
    ttft_ms: roundMs(row.ttftMs),
    duration_ms: roundMs(row.durationMs),
    overhead_ms: roundMs(row.overheadMs),
    attempts: row.attempts.map(attemptJson),
    ...row.notes,
  }
}

function shapeJson(shape: AuditShape): AuditRecord['shape'] {
  return {
    messages: shape.messages,
    tools: shape.tools,
    images: shape.images,
    audio: shape.audio,
    request_bytes: shape.requestBytes,
    max_tokens: shape.maxTokens,
    temperature: shape.temperature,
  }
}

function attemptJson({ bill, ...attempt }: AuditAttempt): AuditRecord['attempts'][number] {
  return {
    vendor: attempt.vendor,
    model: attempt.model,
    status: attempt.status,
    duration_ms: roundMs(attempt.durationMs),
    vendor_request_id: attempt.vendorRequestId,
    ...(bill && { cost_usd: formatUsd(BigInt(bill.costPicoUsd)), usage_source: bill.source }),
  }
}
