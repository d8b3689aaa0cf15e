import { NO_USAGE, type Usage } from '../wire/usage'

/** English text in any vendor's tokens, roughly. */
const BYTES_PER_TOKEN = 4

/**
 * A guess for a call that ended without the vendor's figures: the prompt by its size, the output by how
 * many events of the first one's size its bytes would make. Never the vendor's word: `usage_source` says so.
 */
export function estimateUsage(requestBytes: number, answerBytes: number, contentEventBytes: number): Usage {
  return {
    ...NO_USAGE,
    inputTokens: Math.ceil(requestBytes / BYTES_PER_TOKEN),
    outputTokens: contentEventBytes > 0 ? Math.max(1, Math.round(answerBytes / contentEventBytes)) : 0,
  }
}
