import type { HeaderFields } from './transport'

/** Beyond a day a vendor's wait is no information any more. */
const MAX_MS = 86_400_000

/**
 * How long a vendor asks to wait, from `retry-after-ms` or `retry-after` (seconds or a date); null where it does not say.
 * No milliseconds beside some seconds are a vendor's slip (Azure's): taken at its word, callers would hammer it.
 */
export function retryAfterMs(headers: HeaderFields, dateMs: number = Date.now()): number | null {
  const ms = plain(headers.get('retry-after-ms'))
  const text = headers.get('retry-after')
  if (ms !== null && (ms > 0 || text === null)) return Math.min(ms, MAX_MS)
  if (text === null) return null
  const seconds = plain(text)
  const waitMs = seconds !== null ? seconds * 1000 : Date.parse(text) - dateMs
  return Number.isFinite(waitMs) ? Math.min(Math.max(0, Math.round(waitMs)), MAX_MS) : ms
}

function plain(text: string | null): number | null {
  return text !== null && /^\d{1,12}(?:\.\d+)?$/.test(text.trim()) ? Number(text) : null
}
