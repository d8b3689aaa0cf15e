/** A page of a list, and the id that the next one starts after; null at the end. */
export interface Page<Row> {
  rows: Row[]
  next: string | null
}

/** Makes a page of `limit` rows from the `limit + 1` that were asked for. */
export function toPage<Row>(found: Row[], limit: number, idOf: (row: Row) => string): Page<Row> {
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return { rows, next: found.length > limit && last ? idOf(last) : null }
}
