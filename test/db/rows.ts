import type { AuditRow, AuditUsage } from '../../src/db/audit-row'
import type { Database } from '../../src/db/client'
import type { KeyRow } from '../../src/db/keys'
import { type StoreOptions, storeRecords } from '../../src/db/store-records'
import { newId } from '../../src/lib/id'
import { encodeRecord } from '../../src/usage/journal'
import type { UsageRecord } from '../../src/usage/record'

const START = Date.UTC(2026, 10, 22, 10)

export function keyRow(tenantId: string, change: Partial<KeyRow> = {}): KeyRow {
  const hash = new Bun.CryptoHasher('sha256').update(crypto.randomUUID()).digest('hex')
  return {
    id: newId(),
    tenantId,
    name: 'search',
    prefix: 'cm_live_aB3x',
    hash,
    createdAt: START,
    notBefore: null,
    expiresAt: null,
    revokedAt: null,
    scopes: ['llm', 'stt'],
    models: null,
    limits: null,
    budget: null,
    oldHash: null,
    oldUntil: null,
    version: START,
    ...change,
  }
}

export const usage: AuditUsage = {
  inputTokens: 812,
  cachedInputTokens: 512,
  cacheWriteTokens: 1,
  cacheWrite1hTokens: 2,
  outputTokens: 64,
  reasoningTokens: 3,
  audioInputTokens: 4,
  audioOutputTokens: 5,
  imageInputTokens: 6,
  imageOutputTokens: 7,
  audioSeconds: 1.5,
  characters: 8,
  images: 9,
}

/** Of both types: what `usage/` writes and reads is field for field what the database keeps. */
export function auditRow(change: Partial<AuditRow> = {}): AuditRow & UsageRecord {
  return {
    requestId: newId(),
    tenantId: '01920000-0000-7000-8000-000000000001',
    keyId: '01920000-0000-7000-8000-000000000002',
    createdAt: START,
    endpoint: 'chat.completions',
    stream: true,
    modelRequested: 'acme',
    model: 'acme-large-2026-01',
    vendor: 'acme',
    shape: {
      messages: 3,
      tools: 1,
      images: 0,
      audio: 0,
      requestBytes: 1204,
      maxTokens: 256,
      temperature: 0.2,
    },
    status: 200,
    outcome: 'ok',
    errorCode: null,
    finishReason: 'stop',
    usage,
    usageSource: 'vendor',
    costPicoUsd: 1_518_000_000n,
    priceVersion: '2026-11-20',
    ttftMs: 412.1,
    durationMs: 1893,
    overheadMs: 0.6,
    attempts: [
      {
        vendor: 'acme',
        model: 'acme-large-2026-01',
        status: 200,
        durationMs: 1892.4,
        vendorRequestId: 'req_1',
      },
    ],
    ...change,
  }
}

/** Stores records as the gateway does and returns how many were new. */
export function storeAudit(
  db: Database,
  rows: readonly UsageRecord[],
  options?: StoreOptions,
): Promise<number> {
  return storeRecords(db, rows.map(encodeRecord).join('\n'), options)
}
