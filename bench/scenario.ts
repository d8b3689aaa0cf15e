import type { Cores } from './cores.ts'
import type { Target } from './target.ts'
import type { Tools } from './tools.ts'

/** All that a measurement needs besides its target. */
export interface Bench {
  tools: Tools
  cores: Cores
  vendor: Target
  /** for temporary files */
  folder: string
  /** length of one measurement */
  seconds: number
}

/** Measured values of one run, by name; the name ends in the unit. */
export type Figures = Record<string, number>

/**
 * How a row's figure is judged: as it is; as a ratio to nginx's; as what it adds to the direct call's.
 * Always round by round, within one interleaved run.
 */
export type Comparison = 'plain' | 'ratio' | 'added'

/** One line of the table. */
export interface Row {
  figure: string
  title: string
  unit: string
  compare: Comparison
  /** the compared value may be this high; undefined: no bar */
  bar?: number
}

/** One kind of measurement, and the rows that come of it. */
export interface Scenario {
  name: string
  rows: Row[]
  /** every run starts with a new process of the target (where it is ours to start) */
  fresh?: boolean
  /** one run says all: it is long, and its parts are its own rounds */
  once?: boolean
  /** warms the targets up, before the rounds */
  prepare?: (targets: Target[], bench: Bench) => Promise<void>
  run: (target: Target, bench: Bench) => Promise<Figures>
}
