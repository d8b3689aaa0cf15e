import type { Price } from '../../src/catalog/price'
import type { Checkpoint, Dispatch } from '../../src/usage/journal'
import type { UsageRecord } from '../../src/usage/record'
import { emptyShape } from '../../src/wire/shape'
import { NO_USAGE } from '../../src/wire/usage'

const PRICE: Price = {
  version: 'demo@1',
  rates: { input: { amountPicoUsd: 37_500n, per: 1n }, output: { amountPicoUsd: 150_000n, per: 1n } },
  tiers: [],
}

/** A request as it goes out; its size tells it from others. */
export function sampleDispatch(requestId: string, requestBytes = 400): Dispatch {
  return {
    requestId,
    tenantId: 'tenant',
    keyId: 'key',
    createdAt: 1_780_000_000_000,
    endpoint: '/v1/chat/completions',
    stream: true,
    modelRequested: 'demo',
    vendor: 'demo',
    model: 'demo-1',
    shape: emptyShape(requestBytes),
    price: PRICE,
  }
}

export function sampleCheckpoint(requestId: string, outputTokens: number): Checkpoint {
  return { requestId, usage: null, outputTokens }
}

/** A request's record with the vendor's own figures. */
export function sampleRecord(requestId: string, outputTokens = 7): UsageRecord {
  const { price, ...about } = sampleDispatch(requestId)
  return {
    ...about,
    status: 200,
    outcome: 'ok',
    errorCode: null,
    finishReason: 'stop',
    usage: { ...NO_USAGE, inputTokens: 100, outputTokens },
    usageSource: 'vendor',
    costPicoUsd: 3_750_000n + 150_000n * BigInt(outputTokens),
    priceVersion: price.version,
    ttftMs: 12,
    durationMs: 340,
    overheadMs: 1.5,
    attempts: [{ vendor: 'demo', model: 'demo-1', status: 200, durationMs: 338, vendorRequestId: null }],
  }
}

/** A request that went to no vendor. */
export function sampleRejection(requestId: string): UsageRecord {
  return {
    ...sampleRecord(requestId),
    status: 429,
    outcome: 'rejected',
    errorCode: 'rate_limit_exceeded',
    finishReason: null,
    usage: null,
    usageSource: null,
    costPicoUsd: 0n,
    attempts: [],
  }
}
