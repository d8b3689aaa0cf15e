import type { Random } from './random'

/** A JSON Schema, read where we understand it. */
export type Schema = Record<string, unknown>

/** What a sample of a sub-schema needs to know of the whole. */
export interface Sampling {
  random: Random
  root: Schema
  /** Levels of nesting so far: optional members and longer arrays stop at a few, a required recursion at many. */
  depth: number
  /** What may still be made, in values; shared by all of one sample. */
  budget: { left: number }
  sample(schema: unknown, sampling: Sampling): unknown
}

const CHARACTERS_PER_VALUE = 10

/** Takes what so many characters cost out of the budget. */
export function charge(sampling: Sampling, characters: number): void {
  sampling.budget.left -= characters / CHARACTERS_PER_VALUE
}
