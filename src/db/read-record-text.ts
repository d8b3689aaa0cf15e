import type { AuditRow, AuditUsage } from './audit-row'
import type { BudgetLeases, LedgerQuantities, LedgerRow, StoredRecord } from './ledger-row'
import { QUANTITIES } from './record-columns'
import { type RecordValues, valuesOfText } from './record-text'

/**
 * A record from its text, its usage and cost as its lines of the ledger have them. Throws SyntaxError or TypeError for
 * what `recordText` did not write.
 */
export function readRecordText(text: string): StoredRecord {
  const values = valuesOfText(text)
  const [requestId, tenantId, keyId, createdAt, ttftMs, durationMs, overheadMs, ...afterTimes] = values
  const [status, stream, endpoint, modelRequested, model, vendor, outcome, ...afterOutcome] = afterTimes
  const [errorCode, finishReason, shape, attempts, rawUsage, user, metadata, ...afterNotes] = afterOutcome
  const [ownCost, kind, priceVersion, source, keyLease, tenantLease, ...counts] = afterNotes
  const own = { kind, source, costPicoUsd: BigInt(ownCost), quantities: quantitiesOf(counts) }
  const earlier = earlierOf(values)
  const leases = leasesOf(keyLease, tenantLease)
  return {
    audit: {
      requestId,
      tenantId,
      keyId,
      createdAt,
      endpoint,
      stream,
      modelRequested,
      model,
      vendor,
      shape,
      status,
      outcome,
      errorCode,
      finishReason,
      ...sumsOf([own, ...(earlier ?? [])].filter(line => line.kind !== null)),
      priceVersion,
      ttftMs,
      durationMs,
      overheadMs,
      attempts,
      ...(rawUsage !== null && { rawUsage }),
      ...((user || metadata) && { notes: { ...(user && { user }), ...(metadata && { metadata }) } }),
    },
    ...(leases && { leases }),
    line: kind && { ...own, kind },
    ...(earlier && { earlier }),
  }
}

/** Of a record: its id, what all its lines cost, and where that was reserved. */
export interface Charge {
  requestId: string
  costPicoUsd: bigint
  leases: BudgetLeases | undefined
}

/** The same from a record's text, of which no more is made: a backlog is hundreds of thousands. Throws as `readRecordText` does. */
export function readCharge(text: string): Charge {
  const values = valuesOfText(text)
  const earlier = values[EARLIER_PLACE] ?? []
  return {
    requestId: values[0],
    costPicoUsd: earlier.reduce((sum, line) => sum + BigInt(line[6]), BigInt(values[21])),
    leases: leasesOf(values[25], values[26]),
  }
}

function leasesOf(key: string | null, tenant: string | null): BudgetLeases | undefined {
  return key || tenant ? { ...(key && { key }), ...(tenant && { tenant }) } : undefined
}

/** Behind the quantities. */
const EARLIER_PLACE = 40

function earlierOf(values: RecordValues): LedgerRow[] | undefined {
  const [requestId, tenantId, keyId, createdAt, , , , , , endpoint] = values
  const earlier = values[EARLIER_PLACE]
  return earlier?.map(([line, kind, source, vendor, model, priceVersion, cost, ...counts]) => ({
    ...{ tenantId, requestId, line, kind, keyId, createdAt, bookedAt: null, endpoint },
    ...{ model, vendor, priceVersion, source, quantities: quantitiesOf(counts), costPicoUsd: BigInt(cost) },
  }))
}

function quantitiesOf(counts: readonly unknown[]): LedgerQuantities {
  const entries = QUANTITIES.map(([, field], index) => [field, counts[index] ?? 0])
  return Object.fromEntries(entries) as unknown as LedgerQuantities
}

type Line = Pick<LedgerRow, 'source' | 'quantities' | 'costPicoUsd'>

/** What lines say together; `mixed` where their sources differ. */
function sumsOf(lines: readonly Line[]): Pick<AuditRow, 'usage' | 'usageSource' | 'costPicoUsd'> {
  const sources = new Set(lines.map(({ source }) => source))
  const [source = null] = sources
  const sum = (field: keyof LedgerQuantities) =>
    lines.reduce((total, { quantities }) => total + quantities[field], 0)
  const entries = QUANTITIES.map(([, field]) => [field, sum(field)])
  return {
    usage: source ? usageOf(Object.fromEntries(entries) as LedgerQuantities) : null,
    usageSource: sources.size > 1 ? 'mixed' : source,
    costPicoUsd: lines.reduce((total, { costPicoUsd }) => total + costPicoUsd, 0n),
  }
}

/** The sums that callers see, from the classes that they were split into. */
function usageOf(of: LedgerQuantities): AuditUsage {
  return {
    inputTokens: of.input + of.cachedInput + of.cacheWrite + of.cacheWrite1h + of.audioInput + of.imageInput,
    cachedInputTokens: of.cachedInput,
    cacheWriteTokens: of.cacheWrite,
    cacheWrite1hTokens: of.cacheWrite1h,
    outputTokens: of.output + of.reasoning + of.audioOutput + of.imageOutput,
    reasoningTokens: of.reasoning,
    audioInputTokens: of.audioInput,
    audioOutputTokens: of.audioOutput,
    imageInputTokens: of.imageInput,
    imageOutputTokens: of.imageOutput,
    audioSeconds: of.audioMs / 1_000,
    characters: of.characters,
    images: of.images,
  }
}
