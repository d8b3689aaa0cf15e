/**
 * What a caller can ask of the demo vendor in the text of its last user message:
 *
 * - `demo:error=429` (any status from 400 to 599, or `insufficient_quota`, `context_length_exceeded`, `content_filter`)
 * - `demo:error=mid-stream`: an error event after the third token of a stream
 * - `demo:truncate`: a stream ends after the third token, without a finish reason or `[DONE]`
 * - `demo:slow`, `demo:slow=5s`: silence (30 s) before the head of the answer
 * - `demo:pause`, `demo:pause=5s`: silence (30 s) after the third token
 * - `demo:pace=5ms` (or `pace:5ms`): the time that a token takes
 * - `demo:tokens=500`: an answer of so many tokens, at most 16,384 in all choices
 * - `demo:cached=1024`: so many of the prompt's tokens count as cached
 */
export interface Directives {
  error: string | undefined
  truncate: boolean
  slowMs: number
  pauseMs: number
  paceMs: number | undefined
  tokens: number | undefined
  cached: number | undefined
}

const SILENCE_MS = 30_000
const MAX_DURATION_MS = 3_600_000
/** Of an answer, all its choices together. */
export const MAX_OUTPUT_TOKENS = 16_384

const MAX_CACHED_TOKENS = 999_999

const ERROR = /demo:error=([45]\d\d|mid-stream|insufficient_quota|context_length_exceeded|content_filter)\b/
const DURATION = /^(\d{1,7})(ms|s)$/

/** Reads them; what is not one of them, or is out of bounds, is plain text. */
export function readDirectives(text: string): Directives {
  const pace = /\bpace[:=](\d{1,7}(?:ms|s))\b/.exec(text)?.[1]
  return {
    error: ERROR.exec(text)?.[1],
    truncate: /demo:truncate\b/.test(text),
    slowMs: silence(/demo:slow(?:=(\d{1,7}(?:ms|s)))?\b/.exec(text)),
    pauseMs: silence(/demo:pause(?:=(\d{1,7}(?:ms|s)))?\b/.exec(text)),
    paceMs: pace === undefined ? undefined : milliseconds(pace),
    tokens: count(/demo:tokens=(\d{1,6})\b/.exec(text), MAX_OUTPUT_TOKENS),
    cached: count(/demo:cached=(\d{1,6})\b/.exec(text), MAX_CACHED_TOKENS),
  }
}

function silence(match: RegExpExecArray | null): number {
  if (!match) return 0
  return match[1] === undefined ? SILENCE_MS : milliseconds(match[1])
}

function milliseconds(duration: string): number {
  const [, amount = '0', unit] = DURATION.exec(duration) ?? []
  return Math.min(Number(amount) * (unit === 's' ? 1000 : 1), MAX_DURATION_MS)
}

function count(match: RegExpExecArray | null, most: number): number | undefined {
  return match ? Math.min(Number(match[1]), most) : undefined
}
