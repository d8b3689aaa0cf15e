import { isObject } from '../lib/object'
import { Refusal } from './refusal'

/** The members of a JSON object, where null means absent, as OpenAI has it. */
export type Fields = Record<string, unknown>

interface Range {
  low: number
  high: number
}

/** A number within the range; undefined where it is absent. Throws Refusal naming the field, as all of these do. */
export function numberIn(
  fields: Fields,
  name: string,
  { low, high }: Range,
  whole = false,
): number | undefined {
  const value = fields[name] ?? undefined
  if (value === undefined) return undefined
  const kind = whole ? 'integer' : 'decimal'
  if (typeof value !== 'number' || (whole && !Number.isInteger(value))) throw wrongType(name, kind)
  if (value < low)
    throw invalid(
      name,
      `${kind}_below_min_value`,
      `Expected a value of at least ${low}, but got ${value} instead.`,
    )
  if (value > high)
    throw invalid(
      name,
      `${kind}_above_max_value`,
      `Expected a value of at most ${high}, but got ${value} instead.`,
    )
  return value
}

/** A boolean; undefined where it is absent. */
export function flag(fields: Fields, name: string, path = name): boolean | undefined {
  const value = fields[name] ?? undefined
  if (value !== undefined && typeof value !== 'boolean') throw wrongType(path, 'boolean')
  return value
}

/** An object; undefined where it is absent. */
export function objectAt(fields: Fields, name: string, path = name): Fields | undefined {
  const value = fields[name] ?? undefined
  if (value !== undefined && !isObject(value)) throw wrongType(path, 'object')
  return value
}

/** A list; undefined where it is absent. */
export function arrayAt(fields: Fields, name: string, path = name): unknown[] | undefined {
  const value = fields[name] ?? undefined
  if (value !== undefined && !Array.isArray(value)) throw wrongType(path, 'array')
  return value
}

/** One of a few words. */
export function oneOf<T extends string>(value: unknown, allowed: readonly T[], path: string): T {
  const found = allowed.find(one => one === value)
  if (found === undefined)
    throw invalid(path, 'invalid_value', `Supported values are: ${allowed.join(', ')}.`)
  return found
}

/** The refusal of a request without this field. */
export function missing(path: string): Refusal {
  return new Refusal(`Missing required parameter: '${path}'.`, {
    code: 'missing_required_parameter',
    param: path,
  })
}

/** The refusal of a field that holds something else than it takes. */
export function wrongType(path: string, expected: string): Refusal {
  return invalid(path, 'invalid_type', `Expected a value of type ${expected}.`)
}

/** The refusal of a value: `what` says what was expected. */
export function invalid(path: string, code: string, what: string): Refusal {
  return new Refusal(`Invalid '${path}'. ${what}`, { code, param: path })
}
