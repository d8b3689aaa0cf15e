import { printable } from './console'

export type Cell = string | number | boolean | null | undefined

/** Rows as columns of text under their headings; numbers stand to the right. */
export function formatTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  if (rows.length === 0) return 'none\n'
  const cells = rows.map(row =>
    row.map(cell => printable(cell === null || cell === undefined ? '-' : String(cell))),
  )
  const widths = headings.map((heading, at) =>
    Math.max(heading.length, ...cells.map(row => row[at]?.length ?? 0)),
  )
  const toRight = headings.map((_, at) => rows.every(row => typeof row[at] === 'number'))
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (toRight[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return `${[headings, ...cells].map(line).join('\n')}\n`
}
