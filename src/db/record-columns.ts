import type { Column } from './column'
import type { LedgerQuantities, LedgerRow, StoredRecord } from './ledger-row'

/** The ledger's quantities: the column's name and the field. */
export const QUANTITIES: readonly (readonly [column: string, field: keyof LedgerQuantities])[] = [
  ['input', 'input'],
  ['cached_input', 'cachedInput'],
  ['cache_write', 'cacheWrite'],
  ['cache_write_1h', 'cacheWrite1h'],
  ['output', 'output'],
  ['reasoning', 'reasoning'],
  ['audio_input', 'audioInput'],
  ['audio_output', 'audioOutput'],
  ['image_input', 'imageInput'],
  ['image_output', 'imageOutput'],
  ['audio_ms', 'audioMs'],
  ['characters', 'characters'],
  ['images', 'images'],
]

const text = <Row>(name: string, value: (row: Row) => string | null): Column<Row> => ({
  name,
  type: 'text',
  value,
})
const id = <Row>(name: string, value: (row: Row) => string): Column<Row> => ({ name, type: 'uuid', value })
/** A moment is sent as milliseconds: to write it as a date would cost more than the rest of its row. */
const moment = <Row>(name: string, value: (row: Row) => number | null): Column<Row> => ({
  name,
  type: 'float8',
  value: row => finite(value(row)),
})
const duration = moment
const json = <Row>(name: string, value: (row: Row) => unknown): Column<Row> => ({
  name,
  type: 'jsonb',
  json: value,
})

const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null)

/** What a batch of records is sent as: the columns of both tables, the shared ones once. */
export const RECORD_COLUMNS: readonly Column<StoredRecord>[] = [
  id('tenant_id', ({ audit }) => audit.tenantId),
  id('request_id', ({ audit }) => audit.requestId),
  id('key_id', ({ audit }) => audit.keyId),
  moment('created_at', ({ audit }) => audit.createdAt),
  duration('ttft_ms', ({ audit }) => audit.ttftMs),
  duration('duration_ms', ({ audit }) => finite(audit.durationMs) ?? 0),
  duration('overhead_ms', ({ audit }) => finite(audit.overheadMs) ?? 0),
  { name: 'status', type: 'integer', value: ({ audit }) => audit.status },
  { name: 'stream', type: 'boolean', value: ({ audit }) => audit.stream },
  text('endpoint', ({ audit }) => audit.endpoint),
  text('model_requested', ({ audit }) => audit.modelRequested),
  text('model', ({ audit }) => audit.model),
  text('vendor', ({ audit }) => audit.vendor),
  text('outcome', ({ audit }) => audit.outcome),
  text('error_code', ({ audit }) => audit.errorCode),
  text('finish_reason', ({ audit }) => audit.finishReason),
  json('shape', ({ audit }) => audit.shape),
  json('attempts', ({ audit }) => audit.attempts),
  json('raw_usage', ({ audit }) => audit.rawUsage),
  text('caller_user', ({ audit }) => audit.notes?.user ?? null),
  json('caller_metadata', ({ audit }) => audit.notes?.metadata),
  ...QUANTITIES.map(
    ([name, field]): Column<StoredRecord> => ({
      name,
      type: 'bigint',
      value: ({ line }) => line?.quantities[field] || null,
    }),
  ),
  { name: 'cost_pico_usd', type: 'numeric(38,0)', value: ({ line }) => line?.costPicoUsd ?? 0n },
  text('kind', ({ line }) => line?.kind ?? null),
  text('price_version', ({ audit }) => audit.priceVersion),
  text('source', ({ line }) => line?.source ?? null),
  { name: 'key_lease', type: 'uuid', value: ({ leases }) => leases?.key },
  { name: 'tenant_lease', type: 'uuid', value: ({ leases }) => leases?.tenant },
]

/** What lines of the ledger alone are sent as. */
export const LINE_COLUMNS: readonly Column<LedgerRow>[] = [
  id('tenant_id', row => row.tenantId),
  id('request_id', row => row.requestId),
  id('key_id', row => row.keyId),
  moment('created_at', row => row.createdAt),
  moment('booked_at', row => row.bookedAt),
  ...QUANTITIES.map(
    ([name, field]): Column<LedgerRow> => ({
      name,
      type: 'bigint',
      value: row => row.quantities[field] || null,
    }),
  ),
  { name: 'line', type: 'smallint', value: row => row.line },
  { name: 'cost_pico_usd', type: 'numeric(38,0)', value: row => row.costPicoUsd },
  text('kind', row => row.kind),
  text('endpoint', row => row.endpoint),
  text('model', row => row.model),
  text('vendor', row => row.vendor),
  text('price_version', row => row.priceVersion),
  text('source', row => row.source),
]

/** The audit's columns among those of a record. */
export const AUDIT_NAMES = RECORD_COLUMNS.slice(
  0,
  RECORD_COLUMNS.findIndex(({ name }) => name === 'caller_metadata') + 1,
).map(({ name }) => name)
/** The ledger's columns among those of a record; its `line` is 0. */
export const LEDGER_NAMES = LINE_COLUMNS.map(({ name }) => name).filter(
  name => name !== 'line' && name !== 'booked_at',
)

const MOMENTS = new Set(['created_at', 'booked_at'])
const OBJECTS = new Set(['shape', 'attempts', 'raw_usage', 'caller_metadata'])

/** A column as it is stored, from what was sent of it. */
export function storedValue(name: string): string {
  if (MOMENTS.has(name)) return `to_timestamp(${name} / 1000)`
  return OBJECTS.has(name) ? `nullif(${name}, 'null')` : name
}
