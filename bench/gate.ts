import type { Result, ResultRow } from './results.ts'

const MAX_GROWTH = 1.15

function worse(row: ResultRow, before: ResultRow): string[] {
  if (row.compare !== 'ratio') return []
  return Object.entries(row.targets).flatMap(([name, cell]) => {
    const old = before.targets[name]?.compared.median
    const now = cell.compared.median
    if (name === 'direct' || name === 'nginx' || old === undefined || !(now > old * MAX_GROWTH)) return []
    return [`${row.title}, ${name}: ${now.toFixed(2)} × nginx, was ${old.toFixed(2)}`]
  })
}

/** The ratios to nginx that are more than 15 % worse than in an earlier result, one line each. */
export function worsened(result: Result, kept: Result): string[] {
  return result.rows.flatMap(row => {
    const before = kept.rows.find(
      ({ scenario, figure }) => scenario === row.scenario && figure === row.figure,
    )
    return before ? worse(row, before) : []
  })
}
