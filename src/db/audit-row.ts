/** The request's shape, as it is kept: never its content. */
export interface AuditShape {
  messages: number
  tools: number
  images: number
  audio: number
  requestBytes: number
  maxTokens: number | null
  temperature: number | null
}

/** One try at one deployment, as it is kept. */
export interface AuditAttempt {
  vendor: string
  model: string
  status: number | null
  durationMs: number
  vendorRequestId: string | null
  /** Where others followed it and it may be billed all the same: what it costs in pico-dollars, as text, and whose figures that is by. */
  bill?: { costPicoUsd: string; source: Exclude<AuditRow['usageSource'], null> }
}

/** The figures of one record, and of a sum over records where `Amount` is bigint. */
export interface AuditUsage<Amount = number> {
  inputTokens: Amount
  cachedInputTokens: Amount
  cacheWriteTokens: Amount
  cacheWrite1hTokens: Amount
  outputTokens: Amount
  reasoningTokens: Amount
  audioInputTokens: Amount
  audioOutputTokens: Amount
  imageInputTokens: Amount
  imageOutputTokens: Amount
  /** May be fractional. */
  audioSeconds: number
  characters: Amount
  images: Amount
}

/** One request's record as the database keeps it; `usage/` makes it and reads it, field for field its UsageRecord. */
export interface AuditRow {
  requestId: string
  tenantId: string
  keyId: string
  /** Milliseconds since 1970. */
  createdAt: number
  endpoint: string
  stream: boolean
  modelRequested: string | null
  model: string | null
  vendor: string | null
  shape: AuditShape
  status: number
  outcome: 'ok' | 'cancelled' | 'error' | 'rejected'
  errorCode: string | null
  finishReason: string | null
  usage: AuditUsage | null
  usageSource: 'vendor' | 'drained' | 'vendor_partial' | 'tokenizer' | 'mixed' | 'estimated' | null
  costPicoUsd: bigint
  priceVersion: string | null
  ttftMs: number | null
  durationMs: number
  overheadMs: number
  attempts: AuditAttempt[]
  /** The vendor's usage as it wrote it; absent where it gave none or nobody kept it. */
  rawUsage?: unknown
  /** What the caller says of itself; absent where it says nothing, or nobody kept it. */
  notes?: { user?: string; metadata?: Record<string, string> } | undefined
}
