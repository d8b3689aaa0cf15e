import type { Cell, Result, ResultRow } from './results.ts'
import type { Spread } from './statistics.ts'

const NONE = '–'

/** A number with three digits that say something. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return NONE
  const size = Math.abs(value)
  if (size >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en')
  return value.toFixed(size >= 10 ? 1 : size >= 1 ? 2 : 3)
}

const range = ({ median, low, high }: Spread): string =>
  Number.isFinite(median) ? `${short(median)} (${short(low)}–${short(high)})` : NONE

function comparedText(row: ResultRow, cell: Cell): string {
  if (row.compare === 'plain' || !Number.isFinite(cell.compared.median)) return NONE
  return row.compare === 'ratio'
    ? `${range(cell.compared)} ×`
    : `${cell.compared.median < 0 ? '' : '+'}${range(cell.compared)}`
}

function barText(row: ResultRow): string {
  if (row.bar === undefined) return NONE
  return `≤ ${row.bar}${row.compare === 'ratio' ? ' ×' : row.unit === '' ? '' : ` ${row.unit}`}`
}

/** The header and the rows of the table, as text. Names of gateways get a column for their value, one for the comparison and one for the verdict. */
export function tableCells(result: Pick<Result, 'rows' | 'features'>): string[][] {
  const gateways = Object.keys(result.features).filter(name => name !== 'direct' && name !== 'nginx')
  const header = ['figure', 'unit', 'direct', 'nginx', 'bar']
  for (const name of gateways) header.push(name, '× nginx / + direct', 'verdict')
  const body = result.rows.map(row => {
    const cell = (name: string): Cell | undefined => row.targets[name]
    const own = (name: string): string => {
      const found = cell(name)
      return found ? range(found.own) : NONE
    }
    const nginx = cell('nginx')
    const added = nginx && row.compare === 'added' ? ` ${comparedText(row, nginx)}` : ''
    const line = [row.title, row.unit, own('direct'), own('nginx') + added, barText(row)]
    for (const name of gateways) {
      const found = cell(name)
      line.push(own(name), found ? comparedText(row, found) : NONE, found?.verdict ?? NONE)
    }
    return line
  })
  return [header, ...body]
}

/** The table for a terminal: columns padded. */
export function plainTable(cells: string[][]): string {
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map(line => line[column]?.length ?? 0)),
  )
  return cells
    .map(line =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** The table for a Markdown file. */
export function markdownTable(cells: string[][]): string {
  const lines = cells.map(line => `| ${line.join(' | ')} |`)
  return [lines[0], `|${'---|'.repeat(cells[0]?.length ?? 0)}`, ...lines.slice(1)].join('\n')
}
