import { GatewayError } from '../errors'

const UTC = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:Z|\+00:00)$/i

/** Reads RFC 3339 in UTC as milliseconds since 1970. Throws `invalid_value` for anything else, a 30th of February included. */
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

/** Writes milliseconds since 1970 as every answer does: UTC, with milliseconds. */
export function formatTime(time: number): string {
  return new Date(time).toISOString()
}

/** The same for a time that may not be set. */
export function formatTimeOrNull(time: number | null): string | null {
  return time === null ? null : formatTime(time)
}
