import type { Result, ResultRow } from './results.ts'

const MAX_GROWTH = 1.15

function worse(row: ResultRow, before: ResultRow): string[] {
  if (row.compare !== 'ratio') return []
  return Object.entries(row.targets).flatMap(([name, cell]) => {
    const old = before.targets[name]?.compared.median
    const now = cell.compared.median
    if (name === 'direct' || name === 'nginx' || old === undefined || Number.isNaN(old)) return []
    if (now <= old * MAX_GROWTH) return []
    if (Number.isNaN(now))
      return [`${row.title}, ${name}: could not be measured, was ${old.toFixed(2)} × nginx`]
    return [`${row.title}, ${name}: ${now.toFixed(2)} × nginx, was ${old.toFixed(2)}`]
  })
}

/**
 * The ratios to nginx that are more than 15 % worse than in an earlier result, or that could not be measured this time, one
 * line each; and what failed while it was measured.
 */
export function worsened(result: Result, kept: Result): string[] {
  const lines = result.rows.flatMap(row => {
    const before = kept.rows.find(
      ({ scenario, figure }) => scenario === row.scenario && figure === row.figure,
    )
    return before ? worse(row, before) : []
  })
  return [...lines, ...result.failures]
}
