/** What a budget may be for: a calendar period in UTC, or all of time. From the shortest to the longest. */
export const PERIODS = ['day', 'week', 'month', 'total'] as const
export type Period = (typeof PERIODS)[number]

/** A period's first moment and that after its last, in milliseconds since 1970; a total has no end. */
export interface Span {
  readonly startsAt: number
  readonly endsAt: number | null
}

const DAY_MS = 86_400_000
/** 1970 began on a Thursday: the Monday before it is three days earlier. */
const FIRST_MONDAY_MS = -3 * DAY_MS
const ALWAYS: Span = { startsAt: 0, endsAt: null }

/** The period that a moment lies in, in UTC; weeks begin on Monday. The same moment has the same period, whatever the clock says now. */
export function spanOf(period: Period, date: number): Span {
  switch (period) {
    case 'total':
      return ALWAYS
    case 'day':
      return fixed(date, 0, DAY_MS)
    case 'week':
      return fixed(date, FIRST_MONDAY_MS, 7 * DAY_MS)
    case 'month': {
      const moment = new Date(date)
      const [year, month] = [moment.getUTCFullYear(), moment.getUTCMonth()]
      return { startsAt: Date.UTC(year, month), endsAt: Date.UTC(year, month + 1) }
    }
  }
}

function fixed(date: number, originMs: number, lengthMs: number): Span {
  const startsAt = originMs + Math.floor((date - originMs) / lengthMs) * lengthMs
  return { startsAt, endsAt: startsAt + lengthMs }
}
