/** A calendar month in UTC, as tables are partitioned by it. */
export interface Month {
  /** `2026_11`: the end of its partitions' names. */
  name: string
  /** Milliseconds since 1970; `endMs` is the next month's `startMs`. */
  startMs: number
  endMs: number
}

/** The month that a moment (milliseconds since 1970) lies in. */
export function monthOf(ms: number): Month {
  const date = new Date(ms)
  return month(date.getUTCFullYear(), date.getUTCMonth())
}

/** The month that an id was made in. */
export function monthOfId(id: string): Month {
  return monthOf(Number.parseInt(id.slice(0, 13).replace('-', ''), 16))
}

/** So many months, from the one that a moment lies in. */
export function monthsFrom(ms: number, count: number): Month[] {
  const date = new Date(ms)
  return Array.from({ length: count }, (_, index) => month(date.getUTCFullYear(), date.getUTCMonth() + index))
}

/** The month so many whole months before the one that a moment lies in. */
export function monthBefore(ms: number, count: number): Month {
  const date = new Date(ms)
  return month(date.getUTCFullYear(), date.getUTCMonth() - count)
}

/** The month of a partition, from the end of its name; undefined if it has none. */
export function monthNamed(partition: string): Month | undefined {
  const match = /_(\d{4})_(\d{2})$/.exec(partition)
  return match ? month(Number(match[1]), Number(match[2]) - 1) : undefined
}

/** The smallest UUIDv7 of a millisecond since 1970: every id made from then on is at least this one. */
export function firstIdAt(ms: number): string {
  const hex = ms.toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`
}

function month(year: number, index: number): Month {
  const startMs = Date.UTC(year, index)
  return {
    name: new Date(startMs).toISOString().slice(0, 7).replace('-', '_'),
    startMs,
    endMs: Date.UTC(year, index + 1),
  }
}
