import { CliError } from './console'

const UNITS_MS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Reads a moment as RFC 3339 in UTC: a date, a date with a time and its zone, or a span such as 30d counted from now. */
export function readTime(text: string, nowMs: number, direction: 1 | -1 = 1): string {
  const span = /^(\d{1,5})([mhdw])$/.exec(text)
  if (span)
    return new Date(nowMs + direction * Number(span[1]) * (UNITS_MS[span[2] ?? ''] ?? 0)).toISOString()
  const isTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
  const time = isTime ? new Date(text) : undefined
  if (time && !Number.isNaN(time.getTime())) return time.toISOString()
  throw new CliError(`${JSON.stringify(text)} is no time: write 2027-01-31, 2027-01-31T12:00:00Z, 12h or 30d`)
}

/** Reads a span such as 10m, 12h, 30d or 2w as seconds. */
export function readSeconds(text: string): number {
  const span = /^(\d{1,5})([mhdw])$/.exec(text)
  if (span) return (Number(span[1]) * (UNITS_MS[span[2] ?? ''] ?? 0)) / 1000
  throw new CliError(`${JSON.stringify(text)} is no span: write 10m, 12h or 30d`)
}
