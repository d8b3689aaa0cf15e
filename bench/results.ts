import type { Facts } from './facts.ts'
import type { Series } from './rounds.ts'
import type { Row, Scenario } from './scenario.ts'
import { type Spread, spread } from './statistics.ts'
import type { Target } from './target.ts'
import { compared, judge, type Verdict } from './verdict.ts'

/** One target's part of a row. */
export interface Cell {
  rounds: number[]
  own: Spread
  /** as the row compares it; for a plain row the same as `own` */
  compared: Spread
  verdict: Verdict | null
}

/** A row with what was measured for it. */
export interface ResultRow extends Row {
  scenario: string
  targets: Record<string, Cell>
}

/** A whole run, as it is written to a file. */
export interface Result {
  facts: Facts
  /** what each target does besides forwarding */
  features: Record<string, string>
  rounds: number
  seconds: number
  rows: ResultRow[]
  failures: string[]
}

const BASELINES = new Set(['direct', 'nginx'])

/** The rows of one scenario from what its rounds measured. */
export function resultRows(scenario: Scenario, series: Series, targets: Target[]): ResultRow[] {
  const roundsOf = (name: string, figure: string): number[] =>
    (series.figures.get(name) ?? []).map(figures => figures[figure] ?? Number.NaN)
  return scenario.rows.map(row => {
    const nginx = roundsOf('nginx', row.figure)
    const direct = roundsOf('direct', row.figure)
    const cells = targets.map(({ name }): [string, Cell] => {
      const rounds = roundsOf(name, row.figure)
      const against = compared(row.compare, rounds, nginx, direct)
      const judged = row.bar !== undefined && !BASELINES.has(name)
      const verdict = judged && row.bar !== undefined ? judge(against, row.bar) : null
      return [name, { rounds, own: spread(rounds), compared: against, verdict }]
    })
    return { ...row, scenario: scenario.name, targets: Object.fromEntries(cells) }
  })
}
