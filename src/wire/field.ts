import { GatewayError } from '../errors'
import { isObject } from '../lib/object'

/*
 * Members of a caller's body, checked. Each function takes a value and the path that names it in an error; what is
 * absent or null is undefined.
 */

export function object(value: unknown, param: string): Record<string, unknown> | undefined {
  if (isAbsent(value)) return undefined
  if (!isObject(value)) throw wrongType(param, 'an object')
  return value
}

export function array(value: unknown, param: string): unknown[] | undefined {
  if (isAbsent(value)) return undefined
  if (!Array.isArray(value)) throw wrongType(param, 'an array')
  return value
}

export function string(value: unknown, param: string): string | undefined {
  if (isAbsent(value)) return undefined
  if (typeof value !== 'string') throw wrongType(param, 'a string')
  return value
}

export function boolean(value: unknown, param: string): boolean | undefined {
  if (isAbsent(value)) return undefined
  if (typeof value !== 'boolean') throw wrongType(param, 'a boolean')
  return value
}

export function integer(value: unknown, param: string, least: number, most: number): number | undefined {
  if (isAbsent(value)) return undefined
  if (typeof value !== 'number') throw wrongType(param, 'an integer')
  if (!Number.isInteger(value)) throw wrongType(param, 'an integer')
  assertRange(value, param, least, most, 'integer')
  return value
}

export function decimal(value: unknown, param: string, least: number, most: number): number | undefined {
  if (isAbsent(value)) return undefined
  if (typeof value !== 'number') throw wrongType(param, 'a number')
  assertRange(value, param, least, most, 'decimal')
  return value
}

/** One of a few words. */
export function oneOf<Word extends string>(
  value: unknown,
  param: string,
  words: readonly Word[],
): Word | undefined {
  const said = string(value, param)
  if (said === undefined || words.includes(said as Word)) return said as Word | undefined
  throw invalid(param, `supported values are ${words.map(word => `'${word}'`).join(', ')}`)
}

/** Throws `missing_required_parameter` for what is absent. */
export function required<Value>(value: Value | undefined, param: string): Value {
  if (value !== undefined) return value
  throw new GatewayError('missing_required_parameter', `Missing required parameter: '${param}'.`, { param })
}

/** `invalid_value`: the field has the right type, but not this value. */
export function invalid(param: string, because: string): GatewayError {
  return new GatewayError('invalid_value', `Invalid '${param}': ${because}.`, { param })
}

/** Well formed, but not to be had where the request goes. */
export function unsupported(param: string, because: string): GatewayError {
  return new GatewayError('unsupported_parameter', `Unsupported '${param}': ${because}.`, { param })
}

/** `invalid_type`: the field holds something else than it takes. */
export function wrongType(param: string, wanted: string): GatewayError {
  return new GatewayError('invalid_type', `Invalid type for '${param}': expected ${wanted}.`, { param })
}

/** `empty_array`: the list must have an entry. */
export function emptyArray(param: string): GatewayError {
  const message = `Invalid '${param}': empty array. Expected an array with minimum length 1.`
  return new GatewayError('empty_array', message, { param })
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

function assertRange(
  value: number,
  param: string,
  least: number,
  most: number,
  kind: 'integer' | 'decimal',
): void {
  if (value < least)
    throw new GatewayError(`${kind}_below_min_value`, `Invalid '${param}': expected a value >= ${least}.`, {
      param,
    })
  if (value > most)
    throw new GatewayError(`${kind}_above_max_value`, `Invalid '${param}': expected a value <= ${most}.`, {
      param,
    })
}
