import { oneLine } from './console'

export type Cell = string | number | boolean | null | undefined

/** Rows as columns of text under their headings, each in one line whatever it holds; numbers stand to the right. */
export function formatTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return 'none\n'
  const head = headings.map(oneLine)
  const cells = rows.map(row => row.map(cell => oneLine(String(cell ?? '-'))))
  const widths = head.map((heading, at) =>
    Math.max(heading.length, ...cells.map(row => row[at]?.length ?? 0)),
  )
  const toRight = head.map((_, at) => isOfNumbers(rows.map(row => row[at])))
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (toRight[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return `${[head, ...cells].map(line).join('\n')}\n`
}

/** A number that is not known does not move the others. */
function isOfNumbers(column: readonly Cell[]): boolean {
  const known = column.filter(cell => cell !== null && cell !== undefined)
  return known.length > 0 && known.every(cell => typeof cell === 'number')
}
