import { GatewayError } from '../errors'

const UTC = /^((?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:Z|\+00:00)$/i

/**
 * Reads RFC 3339 in UTC as milliseconds since 1970. Throws `invalid_value` for anything else, a 30th of February included, and
 * the year 0, which the database's calendar has not.
 */
export function parseTime(text: string, param: string): number {
  const seconds = UTC.exec(text)?.[1]?.toUpperCase()
  const time = seconds === undefined ? Number.NaN : Date.parse(text)
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 19) !== seconds)
    throw new GatewayError(
      'invalid_value',
      `Invalid value for '${param}': expected a time in UTC such as 2027-01-31T12:00:00Z.`,
      { param },
    )
  return time
}

/** Reads a query's span, its end exclusive. Throws `invalid_value` for what is no time, and for an end before the beginning. */
export function parseSpan({ from, to }: { from?: string; to?: string }): {
  from: number | undefined
  to: number | undefined
} {
  const span = {
    from: from === undefined ? undefined : parseTime(from, 'from'),
    to: to === undefined ? undefined : parseTime(to, 'to'),
  }
  if (span.from !== undefined && span.to !== undefined && span.to < span.from)
    throw new GatewayError(
      'invalid_value',
      "Invalid value for 'to': expected a time that is not before 'from'.",
      {
        param: 'to',
      },
    )
  return span
}

/** Writes milliseconds since 1970 as every answer does: UTC, with milliseconds. */
export function formatTime(time: number): string {
  return new Date(time).toISOString()
}

/** The same for a time that may not be set. */
export function formatTimeOrNull(time: number | null): string | null {
  return time === null ? null : formatTime(time)
}
