import { isObject } from '../../lib/object'
import { NO_USAGE, type Usage } from '../../wire/usage'
import { areCounts } from '../count'

/**
 * Converse's `usage`: `inputTokens` has neither what was read from a cache nor what was written to it. Undefined if it is
 * none, or if a figure is negative, fractional, absurd or larger than what it is part of.
 */
export function readUsage(value: unknown): Usage | undefined {
  if (!isObject(value)) return undefined
  const counts = {
    fresh: value.inputTokens,
    read: value.cacheReadInputTokens ?? 0,
    written: value.cacheWriteInputTokens ?? 0,
    hour: writtenForAnHour(value.cacheDetails),
    output: value.outputTokens,
  }
  if (!areCounts(counts) || counts.hour > counts.written) return undefined
  return {
    ...NO_USAGE,
    inputTokens: counts.fresh + counts.read + counts.written,
    cachedInputTokens: counts.read,
    cacheWriteTokens: counts.written - counts.hour,
    cacheWrite1hTokens: counts.hour,
    outputTokens: counts.output,
  }
}

function writtenForAnHour(details: unknown): unknown {
  if (!Array.isArray(details)) return 0
  const found: unknown = details.find(detail => isObject(detail) && detail.ttl === '1h')
  return isObject(found) ? found.inputTokens : 0
}
