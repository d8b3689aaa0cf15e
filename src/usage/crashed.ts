import { totalCost } from '../catalog/total-cost'
import { NO_USAGE } from '../wire/usage'
import { estimateText } from './estimate'
import type { Checkpoint, Dispatch } from './journal'
import type { Attempt, UsageLine, UsageRecord } from './record'
import { sumOfLines } from './usage-lines'

/**
 * The record of a request whose process died: what the vendor had said by its last checkpoint; without one the prompt's
 * estimate and no output, and what attempts before the last may be billed for. It is an estimate and says so, and it is
 * an error: the caller never got the end.
 */
export function crashedRecord(dispatch: Dispatch, checkpoint: Checkpoint | undefined): UsageRecord {
  const { price, inputTokens, besides, earlier, ...about } = dispatch
  const usage = checkpoint?.usage ?? {
    ...NO_USAGE,
    ...besides,
    inputTokens: inputTokens ?? estimateText(dispatch.shape.requestBytes),
    outputTokens: checkpoint?.outputTokens ?? 0,
  }
  const costPicoUsd = totalCost(usage, price)
  const last = { vendor: dispatch.vendor, model: dispatch.model }
  const record: UsageRecord = {
    ...about,
    status: 500,
    outcome: 'error',
    errorCode: 'gateway_crashed',
    finishReason: null,
    usage,
    usageSource: 'estimated',
    costPicoUsd,
    priceVersion: price.version,
    ttftMs: null,
    durationMs: 0,
    overheadMs: 0,
    attempts: [unended(last)],
  }
  if (!earlier) return record
  const own = { ...last, priceVersion: price.version, usage, costPicoUsd }
  const lines: UsageLine[] = [...earlier, own].map((line, attempt) => ({
    ...line,
    attempt,
    source: 'estimated',
  }))
  return { ...record, ...sumOfLines(lines), attempts: lines.map(unended), lines }
}

/** Nothing is known of it but where it went. */
function unended({ vendor, model }: Pick<Attempt, 'vendor' | 'model'>): Attempt {
  return { vendor, model, status: null, durationMs: 0, vendorRequestId: null }
}
