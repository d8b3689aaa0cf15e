import type { Random } from './random'

/** A JSON Schema, read where we understand it. */
export type Schema = Record<string, unknown>

/** What a sample of a sub-schema needs to know of the whole. */
export interface Sampling {
  random: Random
  root: Schema
  /** Levels of nesting so far: optional members and longer arrays stop at a few, a required recursion at many. */
  depth: number
  sample(schema: unknown, sampling: Sampling): unknown
}

export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
