import type { Caller } from '../auth/caller'
import type { Deployment } from '../routing/plan'
import type { Exchange } from '../upstream/exchange'
import type { Attempt, UsageRecord } from '../usage/record'
import { sumOfLines } from '../usage/usage-lines'
import type { CallerNotes } from '../wire/caller-notes'
import type { Bill } from './bill'
import type { Call } from './call'
import type { Ending } from './ending'
import type { Reading } from './reading'

/** A longer name is no model's; the record need not hold all of it. */
export const MOST_NAME_CHARACTERS = 256
const MOST_RAW_USAGE_CHARACTERS = 4096

/** Everything that is kept of a request that ended at this moment. `bill` is absent where nothing may be billed. */
export function usageRecordOf(
  call: Call,
  caller: Caller,
  ending: Ending,
  bill: Bill | undefined,
  notes: CallerNotes | undefined,
  now: number,
): UsageRecord {
  const { tries, firstContentAt } = call
  const last = tries.at(-1)
  const reserved = call.admission?.reserved
  const durationMs = wholeMicros(now - call.startedAt)
  const attempts: Attempt[] = []
  let vendorMs = 0
  for (const { deployment, exchange } of tries) {
    const attempt = attemptOf(deployment, exchange, now)
    vendorMs += attempt.durationMs
    attempts.push(attempt)
  }
  const record: UsageRecord = {
    requestId: call.requestId,
    tenantId: caller.tenantId,
    keyId: caller.keyId,
    createdAt: call.createdAt,
    endpoint: call.endpoint,
    stream: call.stream,
    modelRequested: call.modelRequested,
    model: cut(ending.reading?.model) ?? last?.deployment.model ?? null,
    vendor: last?.deployment.vendor.name ?? null,
    shape: call.shape,
    status: ending.status,
    outcome: ending.outcome,
    errorCode: cut(ending.error?.code) ?? null,
    finishReason: cut(ending.reading?.finishReason) ?? null,
    usage: bill?.usage ?? null,
    usageSource: bill?.source ?? null,
    rawUsage: rawUsageOf(ending.reading),
    costPicoUsd: bill?.costPicoUsd ?? 0n,
    priceVersion: isLastBilled(bill, tries.length) ? (last?.deployment.price.version ?? null) : null,
    ttftMs: firstContentAt === null ? null : wholeMicros(firstContentAt - call.startedAt),
    durationMs,
    overheadMs: Math.max(0, wholeMicros(durationMs - vendorMs)),
    attempts,
    leases: reserved?.leases,
    isOverrun: reserved && bill && isOverrun(bill, reserved.picoUsd),
    notes,
  }
  return bill?.lines ? { ...record, ...sumOfLines(bill.lines), lines: bill.lines } : record
}

/** Milliseconds to the microsecond: a clock's further digits say nothing, and a third of a record's encoding went into them. */
function wholeMicros(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

/** Only what vendors themselves have billed can be more than they were allowed: what was counted here is a guess. */
function isOverrun(bill: Bill, reservedPicoUsd: bigint): boolean {
  if (bill.costPicoUsd <= reservedPicoUsd) return false
  return (bill.lines ?? [bill]).every(({ source }) => source === 'vendor' || source === 'drained')
}

function isLastBilled(bill: Bill | undefined, attempts: number): boolean {
  return bill !== undefined && (!bill.lines || bill.lines.some(({ attempt }) => attempt === attempts - 1))
}

/** A vendor's own words may be as long as it likes; a record's may not. */
function cut(text: string | null | undefined): string | undefined {
  return text?.slice(0, MOST_NAME_CHARACTERS)
}

/** Kept so that a bill can be checked against it; a usage object of kilobytes is no usage object. */
function rawUsageOf(reading: Reading | undefined): unknown {
  const raw = reading?.rawUsage
  if (!reading || typeof raw !== 'object' || raw === null) return undefined
  // It is not longer than the answer that it stands in.
  if (reading.bytes <= MOST_RAW_USAGE_CHARACTERS) return raw
  return isShort(raw) ? raw : undefined
}

function isShort(value: unknown): boolean {
  try {
    return JSON.stringify(value).length <= MOST_RAW_USAGE_CHARACTERS
  } catch {
    // It is nested more deeply than can be written down.
    return false
  }
}

function attemptOf(deployment: Deployment, exchange: Exchange, now: number): Attempt {
  return {
    vendor: deployment.vendor.name,
    model: deployment.model,
    status: exchange.status,
    durationMs: wholeMicros((exchange.endedAt ?? now) - exchange.startedAt),
    vendorRequestId: cut(exchange.vendorRequestId) ?? null,
  }
}
