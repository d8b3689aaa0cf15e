import type { AuditRow } from './audit-row'
import type { LedgerKind, LedgerQuantities, LedgerRow, StoredRecord } from './ledger-row'
import { QUANTITIES, storedValue } from './record-columns'

type Count = number | null
/** In the order of `QUANTITIES`, and null where it is 0. */
type Counts = [Count, Count, Count, Count, Count, Count, Count, Count, Count, Count, Count, Count, Count]
/** A line of an attempt before the last. */
type EarlierValues = [
  line: number,
  kind: LedgerKind,
  source: AuditRow['usageSource'],
  vendor: string | null,
  model: string | null,
  priceVersion: string | null,
  costPicoUsd: string,
  ...quantities: Counts,
]

/** A record's values as its text has them. Texts stand in spools: the list may be added to at its end, and is never put in another order. */
export type RecordValues = [
  requestId: string,
  tenantId: string,
  keyId: string,
  createdAt: number,
  ttftMs: number | null,
  durationMs: number,
  overheadMs: number,
  status: number,
  stream: boolean,
  endpoint: string,
  modelRequested: string | null,
  model: string | null,
  vendor: string | null,
  outcome: AuditRow['outcome'],
  errorCode: string | null,
  finishReason: string | null,
  shape: AuditRow['shape'],
  attempts: AuditRow['attempts'],
  rawUsage: unknown,
  user: string | null,
  metadata: Record<string, string> | null,
  costPicoUsd: string,
  kind: LedgerKind | null,
  priceVersion: string | null,
  source: AuditRow['usageSource'],
  keyLease: string | null,
  tenantLease: string | null,
  ...quantities: Counts,
  earlier?: EarlierValues[],
]

/** The same as columns, and what the database reads them as. */
const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['request_id', 'uuid'],
  ['tenant_id', 'uuid'],
  ['key_id', 'uuid'],
  ['created_at', 'float8'],
  ['ttft_ms', 'float8'],
  ['duration_ms', 'float8'],
  ['overhead_ms', 'float8'],
  ['status', 'integer'],
  ['stream', 'boolean'],
  ['endpoint', 'text'],
  ['model_requested', 'text'],
  ['model', 'text'],
  ['vendor', 'text'],
  ['outcome', 'text'],
  ['error_code', 'text'],
  ['finish_reason', 'text'],
  ['shape', 'jsonb'],
  ['attempts', 'jsonb'],
  ['raw_usage', 'jsonb'],
  ['caller_user', 'text'],
  ['caller_metadata', 'jsonb'],
  ['cost_pico_usd', 'numeric(38,0)'],
  ['kind', 'text'],
  ['price_version', 'text'],
  ['source', 'text'],
  ['key_lease', 'uuid'],
  ['tenant_lease', 'uuid'],
  ...QUANTITIES.map(([name]) => [name, 'bigint'] as const),
  ['earlier', 'jsonb'],
]

const COLUMNS_OF_EARLIER: typeof COLUMNS = [
  ['line', 'smallint'],
  ['kind', 'text'],
  ['source', 'text'],
  ['vendor', 'text'],
  ['model', 'text'],
  ['price_version', 'text'],
  ['cost_pico_usd', 'numeric(38,0)'],
  ...QUANTITIES.map(([name]) => [name, 'bigint'] as const),
]

/**
 * A record as one text: a JSON list of its values, its id first. It stands so in the spool and is sent so to the database,
 * which takes it apart: a record is encoded once. Throws TypeError for what is no JSON.
 */
export function recordText({ audit, leases, line, earlier }: StoredRecord): string {
  const { durationMs, overheadMs, notes } = audit
  // Nowhere undefined: one such value makes the encoding take three times as long.
  const values: RecordValues = [
    audit.requestId,
    audit.tenantId,
    audit.keyId,
    audit.createdAt,
    audit.ttftMs,
    Number.isFinite(durationMs) ? durationMs : 0,
    Number.isFinite(overheadMs) ? overheadMs : 0,
    audit.status,
    audit.stream,
    audit.endpoint,
    audit.modelRequested,
    audit.model,
    audit.vendor,
    audit.outcome,
    audit.errorCode,
    audit.finishReason,
    audit.shape,
    audit.attempts,
    audit.rawUsage ?? null,
    notes?.user ?? null,
    notes?.metadata ?? null,
    (line?.costPicoUsd ?? 0n).toString(),
    line?.kind ?? null,
    audit.priceVersion,
    line?.source ?? null,
    leases?.key ?? null,
    leases?.tenant ?? null,
    ...countsOf(line?.quantities),
  ]
  if (earlier) values.push(earlier.map(valuesOfRow))
  return JSON.stringify(values)
}

/** Whether attempts before the last have lines of their own in any of the texts, a line each: they end the text. */
export const hasEarlier = (lines: string) => lines.endsWith(']]') || lines.includes(']]\n')

function valuesOfRow(row: LedgerRow): EarlierValues {
  const { line, kind, source, vendor, model, priceVersion, costPicoUsd, quantities } = row
  return [line, kind, source, vendor, model, priceVersion, `${costPicoUsd}`, ...countsOf(quantities)]
}

const NO_COUNTS = Array(QUANTITIES.length).fill(null) as Counts

function countsOf(of: LedgerQuantities | undefined): Counts {
  if (!of) return NO_COUNTS
  return [
    of.input || null,
    of.cachedInput || null,
    of.cacheWrite || null,
    of.cacheWrite1h || null,
    of.output || null,
    of.reasoning || null,
    of.audioInput || null,
    of.audioOutput || null,
    of.imageInput || null,
    of.imageOutput || null,
    of.audioMs || null,
    of.characters || null,
    of.images || null,
  ]
}

/** The values of a record's text. Throws SyntaxError or TypeError for what `recordText` did not write. */
export function valuesOfText(text: string): RecordValues {
  const values: unknown = JSON.parse(text)
  if (!Array.isArray(values) || typeof values[0] !== 'string') throw new TypeError('this is no record')
  return values as RecordValues
}

/** Every column of a record as it is stored, and how it is read from `text`, the record's as jsonb. */
export const TEXT_COLUMNS: readonly { name: string; sql: string }[] = readFrom('text', COLUMNS)
/** The columns in which a line of `earlier` differs from its record, read from `row`. */
export const EARLIER_COLUMNS = readFrom('row', COLUMNS_OF_EARLIER)

function readFrom(source: string, columns: typeof COLUMNS): typeof TEXT_COLUMNS {
  return columns.map(([name, type], place) => {
    if (type === 'jsonb') return { name, sql: storedValue(name, `(${source}->${place})`) }
    const sent = type === 'text' ? `${source}->>${place}` : `(${source}->>${place})::${type}`
    return { name, sql: storedValue(name, sent) }
  })
}

/**
 * Records' texts, a line each (none has a line's end in it), as a table of `text`. As one JSON list they would be read
 * once, and built a second time for each of its elements. Without the OFFSET a text would be read for every column.
 * In the order of their ids, with which they begin: two writers of the same requests wait for each other, and in one order
 * they cannot wait in a circle.
 */
export const textsOf = (parameter: string) => `(
  SELECT line::jsonb AS text FROM unnest(string_to_array(${parameter}::text, E'\\n')) AS line
  ORDER BY line COLLATE "C" OFFSET 0
) AS texts`
