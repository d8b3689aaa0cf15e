import type { AuditRow, AuditUsage } from './audit-row'
import { cleanJson } from './text'

/** A column of a batch of records: its name and type in the database, and its value in a row. */
interface AuditColumn {
  name: string
  type: string
  value(row: AuditRow): string | number | bigint | boolean | null
}

const column = (name: string, type: string, value: AuditColumn['value']): AuditColumn => ({
  name,
  type,
  value,
})

/** A figure that must be whole. One that is not a count would be refused, and its whole batch with it. */
const count = (name: string, field: keyof AuditUsage) =>
  column(name, 'bigint', row => (row.usage ? toCount(row.usage[field]) : null))

const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null)

/** The columns of the batch insert, in its order. */
export const AUDIT_COLUMNS: readonly AuditColumn[] = [
  column('tenant_id', 'uuid', row => row.tenantId),
  column('request_id', 'uuid', row => row.requestId),
  column('key_id', 'uuid', row => row.keyId),
  column('created_at', 'timestamptz', row => new Date(row.createdAt).toISOString()),
  column('endpoint', 'text', row => row.endpoint),
  column('stream', 'boolean', row => row.stream),
  column('model_requested', 'text', row => row.modelRequested),
  column('model', 'text', row => row.model),
  column('vendor', 'text', row => row.vendor),
  column('shape', 'jsonb', row => cleanJson(row.shape)),
  column('status', 'integer', row => toCount(row.status)),
  column('outcome', 'text', row => row.outcome),
  column('error_code', 'text', row => row.errorCode),
  column('finish_reason', 'text', row => row.finishReason),
  count('input_tokens', 'inputTokens'),
  count('cached_input_tokens', 'cachedInputTokens'),
  count('cache_write_tokens', 'cacheWriteTokens'),
  count('cache_write_1h_tokens', 'cacheWrite1hTokens'),
  count('output_tokens', 'outputTokens'),
  count('reasoning_tokens', 'reasoningTokens'),
  count('audio_input_tokens', 'audioInputTokens'),
  count('audio_output_tokens', 'audioOutputTokens'),
  count('image_input_tokens', 'imageInputTokens'),
  count('image_output_tokens', 'imageOutputTokens'),
  column('audio_seconds', 'double precision', row =>
    row.usage ? (finite(row.usage.audioSeconds) ?? 0) : null,
  ),
  count('characters', 'characters'),
  count('images', 'images'),
  column('usage_source', 'text', row => row.usageSource),
  column('cost_pico_usd', 'numeric', row => row.costPicoUsd),
  column('price_version', 'text', row => row.priceVersion),
  column('ttft_ms', 'double precision', row => finite(row.ttftMs)),
  column('duration_ms', 'double precision', row => finite(row.durationMs) ?? 0),
  column('overhead_ms', 'double precision', row => finite(row.overheadMs) ?? 0),
  column('attempts', 'jsonb', row => cleanJson(row.attempts)),
]

function toCount(value: number): number {
  if (Number.isSafeInteger(value)) return value
  return Number.isFinite(value) ? Math.round(Math.min(value, Number.MAX_SAFE_INTEGER)) : 0
}
