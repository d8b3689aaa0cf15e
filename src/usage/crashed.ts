import { cost } from '../catalog/cost'
import { estimateUsage } from './estimate'
import type { Checkpoint, Dispatch } from './journal'
import type { UsageRecord } from './record'

/**
 * The record of a request whose process died: what the vendor had said by its last checkpoint; without one the prompt's
 * estimate and no output. It is an estimate and says so, and it is an error: the caller never got the end.
 */
export function crashedRecord(dispatch: Dispatch, checkpoint: Checkpoint | undefined): UsageRecord {
  const { price, inputTokens, besides, ...about } = dispatch
  const guess = estimateUsage(dispatch.shape.requestBytes, 0, 0)
  const usage = checkpoint?.usage ?? {
    ...guess,
    ...besides,
    inputTokens: inputTokens ?? guess.inputTokens,
    outputTokens: checkpoint?.outputTokens ?? 0,
  }
  return {
    ...about,
    status: 500,
    outcome: 'error',
    errorCode: 'gateway_crashed',
    finishReason: null,
    usage,
    usageSource: 'estimated',
    costPicoUsd: cost(usage, price).totalPicoUsd,
    priceVersion: price.version,
    ttftMs: null,
    durationMs: 0,
    overheadMs: 0,
    attempts: [
      { vendor: dispatch.vendor, model: dispatch.model, status: null, durationMs: 0, vendorRequestId: null },
    ],
  }
}
