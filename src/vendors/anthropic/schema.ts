import { isObject } from '../../lib/object'

type Schema = Record<string, unknown>

/** What the vendor's grammar cannot hold; a model still reads it in the description. */
const IN_WORDS = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'pattern',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'format',
  'additionalProperties',
] as const
const FORMATS = new Set([
  'date-time',
  'time',
  'date',
  'duration',
  'email',
  'hostname',
  'uri',
  'ipv4',
  'ipv6',
  'uuid',
])
const OF_SCHEMAS = ['properties', '$defs', 'definitions', 'patternProperties'] as const
const LISTS = ['anyOf', 'allOf', 'prefixItems'] as const

/**
 * A JSON Schema in the part of the language that the vendor can hold a model to: every object closed, `oneOf` as `anyOf`,
 * and the limits that it has no grammar for said in the description. Makes a new value.
 */
export function strictSchema(schema: Schema): Schema {
  const strict = withoutOneOf(schema)
  const words: string[] = []
  for (const name of IN_WORDS) {
    if (!(name in strict) || isKept(name, strict[name])) continue
    words.push(`${name}: ${JSON.stringify(strict[name])}`)
    delete strict[name]
  }
  if (words.length > 0) strict.description = described(strict.description, words)
  for (const name of OF_SCHEMAS) if (isObject(strict[name])) strict[name] = mapped(strict[name])
  for (const name of LISTS) if (Array.isArray(strict[name])) strict[name] = strict[name].map(inner)
  if ('items' in strict)
    strict.items = Array.isArray(strict.items) ? strict.items.map(inner) : inner(strict.items)
  if (isObjectType(strict)) strict.additionalProperties = false
  return strict
}

function isKept(name: string, value: unknown): boolean {
  if (name === 'format') return FORMATS.has(String(value))
  if (name === 'additionalProperties') return typeof value === 'boolean'
  return name === 'minItems' && (value === 0 || value === 1)
}

/** Beside an `anyOf` that is there already both must hold. */
function withoutOneOf({ oneOf, ...given }: Schema): Schema {
  if (!Array.isArray(oneOf)) return given
  if (given.anyOf === undefined) return { ...given, anyOf: oneOf }
  const others = Array.isArray(given.allOf) ? given.allOf : []
  return { ...given, allOf: [...others, { anyOf: oneOf }] }
}

function described(description: unknown, words: string[]): string {
  const limits = `{${words.join(', ')}}`
  return typeof description === 'string' && description !== '' ? `${description}\n\n${limits}` : limits
}

function isObjectType({ type, properties }: Schema): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || isObject(properties)
}

function mapped(schemas: Schema): Schema {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, inner(schema)]))
}

function inner(value: unknown): unknown {
  return isObject(value) ? strictSchema(value) : value
}
