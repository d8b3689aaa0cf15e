import { isObject } from '../lib/object'
import { percentDecode } from '../lib/percent-decode'
import type { Random } from './random'
import { charge, type Sampling, type Schema } from './schema'
import { sampleArray, sampleNumber, sampleObject, sampleString } from './schema-values'

const MAX_DEPTH = 32
const MAX_VALUES = 10_000

/** For the samples of one answer together, in values: a small schema can ask for any number of them. */
export const SAMPLE_BUDGET = 200_000

/**
 * A value that satisfies a JSON Schema: types, enum, const, required, nested objects and arrays, bounds, lengths, common
 * formats, anyOf, oneOf, allOf and local references. `pattern`, `not` and conditions are not obeyed,
 * nor is anything once the budget is spent.
 */
export function sampleOf(schema: unknown, random: Random, budget = SAMPLE_BUDGET): unknown {
  const root = isObject(schema) ? schema : {}
  return sample(root, { random, root, depth: 0, budget: { left: Math.min(budget, MAX_VALUES) }, sample })
}

function sample(given: unknown, outer: Sampling): unknown {
  const sampling = { ...outer, depth: outer.depth + 1 }
  const schema = resolve(given, sampling)
  if ('const' in schema) return readyMade(schema.const, sampling)
  if (Array.isArray(schema.enum))
    return readyMade(schema.enum[Math.floor(sampling.random() * schema.enum.length)], sampling)
  if (sampling.depth > MAX_DEPTH || sampling.budget.left < 0) return null
  const type = typeOf(schema, sampling)
  if (type === 'object') return sampleObject(schema, sampling)
  if (type === 'array') return sampleArray(schema, sampling)
  if (type === 'string') return sampleString(schema, sampling)
  if (type === 'number' || type === 'integer') return sampleNumber(schema, type === 'integer', sampling)
  if (type === 'boolean') return sampling.random() < 0.5
  return null
}

/** A value that the schema holds ready: it costs as much as it is long. */
function readyMade(value: unknown, sampling: Sampling): unknown {
  if (sampling.budget.left < 0) return null
  charge(sampling, JSON.stringify(value)?.length ?? 0)
  return value
}

/** Follows references, picks one of the alternatives and merges what must hold together. */
function resolve(given: unknown, sampling: Sampling, hops = 0): Schema {
  sampling.budget.left -= 1
  if (!isObject(given) || hops > MAX_DEPTH || sampling.budget.left < 0) return {}
  let schema: Schema = given
  if (typeof schema.$ref === 'string')
    schema = {
      ...resolve(lookUp(sampling.root, schema.$ref), sampling, hops + 1),
      ...without(schema, '$ref'),
    }
  for (const key of ['anyOf', 'oneOf']) {
    const options = schema[key]
    if (!Array.isArray(options) || options.length === 0) continue
    const chosen =
      options[sampling.depth > 4 ? simplest(options) : Math.floor(sampling.random() * options.length)]
    schema = merge(without(schema, key), resolve(chosen, sampling, hops + 1))
  }
  if (Array.isArray(schema.allOf))
    schema = schema.allOf.reduce<Schema>(
      (all, part) => merge(all, resolve(part, sampling, hops + 1)),
      without(schema, 'allOf'),
    )
  return schema
}

/** The alternative that ends a recursion soonest: null, then anything that is no object, array or reference. */
function simplest(options: unknown[]): number {
  const weight = (option: unknown): number => {
    if (!isObject(option)) return 0
    if (option.type === 'null') return 0
    return option.$ref || option.type === 'object' || option.type === 'array' ? 2 : 1
  }
  const weights = options.map(weight)
  return weights.indexOf(Math.min(...weights))
}

function merge(one: Schema, other: Schema): Schema {
  const properties = { ...asObject(one.properties), ...asObject(other.properties) }
  const required = [...asArray(one.required), ...asArray(other.required)]
  return {
    ...one,
    ...other,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  }
}

function typeOf(schema: Schema, sampling: Sampling): unknown {
  if (Array.isArray(schema.type)) {
    const types = sampling.depth > 4 && schema.type.includes('null') ? ['null'] : schema.type
    return types[Math.floor(sampling.random() * types.length)]
  }
  if (schema.type !== undefined) return schema.type
  if (schema.properties !== undefined || schema.additionalProperties !== undefined) return 'object'
  return schema.items === undefined ? 'string' : 'array'
}

function lookUp(root: Schema, reference: string): unknown {
  if (!reference.startsWith('#')) return {}
  const steps = reference.slice(1).split('/').slice(1)
  return steps.reduce<unknown>((at, step) => {
    const key = (percentDecode(step) ?? step).replaceAll('~1', '/').replaceAll('~0', '~')
    return isObject(at) && Object.hasOwn(at, key) ? at[key] : {}
  }, root)
}

function without(schema: Schema, key: string): Schema {
  const { [key]: _, ...rest } = schema
  return rest
}

const asObject = (value: unknown) => (isObject(value) ? value : {})
const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
