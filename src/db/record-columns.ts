import type { Column } from './column'
import type { LedgerQuantities, LedgerRow } from './ledger-row'

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

const finite = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null)

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

/** The audit's columns, in the order in which they are hashed: never another. */
export const AUDIT_NAMES = [
  'tenant_id',
  'request_id',
  'key_id',
  'created_at',
  'ttft_ms',
  'duration_ms',
  'overhead_ms',
  'status',
  'stream',
  'endpoint',
  'model_requested',
  'model',
  'vendor',
  'outcome',
  'error_code',
  'finish_reason',
  'shape',
  'attempts',
  'raw_usage',
  'caller_user',
  'caller_metadata',
]
/** The ledger's columns among those of a record; its `line` is 0. */
export const LEDGER_NAMES = LINE_COLUMNS.map(({ name }) => name).filter(
  name => name !== 'line' && name !== 'booked_at',
)

const MOMENTS = new Set(['created_at', 'booked_at'])
const OBJECTS = new Set(['shape', 'attempts', 'raw_usage', 'caller_metadata'])

/** A column as it is stored, from what was sent of it. */
export function storedValue(name: string, sent: string): string {
  if (MOMENTS.has(name)) return `to_timestamp(${sent} / 1000)`
  return OBJECTS.has(name) ? `nullif(${sent}, 'null')` : sent
}
