import type { HeaderFields } from './transport'

/** Beyond a day a vendor's wait is no information any more. */
const MAX_MS = 86_400_000

/** What a limit has left and when it is whole again: OpenAI's names, which most have, and Anthropic's. */
const LIMITS = [
  ['x-ratelimit-remaining-requests', 'x-ratelimit-reset-requests'],
  ['x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'],
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map(
    kind => [`anthropic-ratelimit-${kind}-remaining`, `anthropic-ratelimit-${kind}-reset`] as const,
  ),
] as const

/**
 * How many milliseconds it takes until the limits that a refusal's headers say are used up are whole again, by the longest
 * of them, a day at most; null where none is used up or nothing tells.
 */
export function limitResetMs(headers: HeaderFields, dateMs: number = Date.now()): number | null {
  const waits = LIMITS.flatMap(([remaining, reset]) =>
    isUsedUp(headers.get(remaining)) ? (untilMs(headers.get(reset) ?? '', dateMs) ?? []) : [],
  )
  return waits.length === 0 ? null : Math.min(Math.max(...waits), MAX_MS)
}

const isUsedUp = (left: string | null) =>
  left !== null && /^-?\d{1,15}$/.test(left.trim()) && Number(left) <= 0

const DURATION =
  /^(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,8}(?:\.\d+)?)s)?(?:(\d{1,9}(?:\.\d+)?)ms)?$/

/** `6m0s`, `12ms`, seconds, or a date. */
function untilMs(text: string, dateMs: number): number | null {
  const [whole, ...parts] = DURATION.exec(text.trim()) ?? []
  if (whole) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0, ms = 0] = parts.map(part => Number(part ?? 0))
    return Math.ceil(((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + ms)
  }
  if (/^\d{1,6}(?:\.\d+)?$/.test(text.trim())) return Math.ceil(Number(text) * 1000)
  const date = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isFinite(date) ? Math.max(0, date - dateMs) : null
}
