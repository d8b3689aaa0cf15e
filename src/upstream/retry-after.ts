/** Beyond a day a vendor's wait is no information any more. */
const MAX_MS = 86_400_000

/** How long a vendor asks to wait, from `retry-after-ms` or `retry-after` (seconds or a date); null where it does not say. */
export function retryAfterMs(headers: Headers, dateMs: number = Date.now()): number | null {
  const ms = plain(headers.get('retry-after-ms'))
  if (ms !== null) return Math.min(ms, MAX_MS)
  const text = headers.get('retry-after')
  if (text === null) return null
  const seconds = plain(text)
  const waitMs = seconds !== null ? seconds * 1000 : Date.parse(text) - dateMs
  return Number.isFinite(waitMs) ? Math.min(Math.max(0, Math.round(waitMs)), MAX_MS) : null
}

function plain(text: string | null): number | null {
  return text !== null && /^\d{1,12}(?:\.\d+)?$/.test(text.trim()) ? Number(text) : null
}
