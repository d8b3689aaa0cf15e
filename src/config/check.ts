import type { TSchema } from '@sinclair/typebox'
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import { type ConfigFile, valueAt } from './config-file'
import { didYouMean } from './nearest'
import { kindOf, type Problems, shown } from './problems'
import { type ConfigFileContent, ConfigFileSchema } from './schema'
import { isSecret } from './schema-kinds'

const MAX_PROBLEMS = 100

/**
 * Checks the content against the schema: every deviation is a problem. Returned is what remains without the faulty
 * parts, so that the rest can be checked further in the same run; it is for use only where there is no problem at all.
 */
export function checkContent(file: ConfigFile, content: unknown, problems: Problems): ConfigFileContent {
  const errors = [...take(Value.Errors(ConfigFileSchema, content), MAX_PROBLEMS)]
  for (const error of errors) {
    const path = pathOf(error.path)
    problems.add(file.placeOf(path), foundIn(file, error, path), allowedBy(error, path))
  }
  if (errors.some(error => error.path === '')) return {}
  for (const error of errors) remove(content, pathOf(error.path))
  return content as ConfigFileContent
}

function* take<T>(items: Iterable<T>, most: number): Generator<T> {
  let taken = 0
  for (const item of items) {
    if (++taken > most) return
    yield item
  }
}

/** Leaves a hole in a list, so that the entries behind it keep their places. A price is left to its own reader. */
function remove(content: unknown, path: readonly string[]): void {
  if (path[0] === 'models' && path[2] === 'price') return
  const parent = valueAt(content, path.slice(0, -1))
  const key = path.at(-1)
  if (typeof parent === 'object' && parent !== null && key !== undefined) Reflect.deleteProperty(parent, key)
}

function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function foundIn(file: ConfigFile, error: ValueError, path: readonly string[]): string {
  if (error.type === ValueErrorType.ObjectAdditionalProperties)
    return isNameOnly(error) ? 'this name' : 'an unknown field'
  const value = file.writtenAt(path)
  // What stands in the place of a whole account is often its key.
  const mayBeSecret = isSecret(error.schema) || error.schema.type === 'object'
  return mayBeSecret || typeof value === 'object' ? kindOf(value) : shown(value)
}

/** Whether the key is of the user's own making (a vendor's name, a model's id, a header) and only badly formed. */
const isNameOnly = (error: ValueError) => patternOf(error.schema) !== undefined

const patternOf = (schema: TSchema): string | undefined => Object.keys(schema.patternProperties ?? {})[0]

function allowedBy(error: ValueError, path: readonly string[]): string {
  const { schema, type } = error
  if (type === ValueErrorType.ObjectAdditionalProperties) return namesAllowed(schema, path.at(-1) ?? '')
  const describe = CONSTRAINTS[type]
  return describe ? describe(schema) : typeOf(schema, error.value)
}

function namesAllowed(schema: TSchema, name: string): string {
  const pattern = patternOf(schema)
  if (pattern !== undefined) return `names of the form ${pattern}`
  const known = Object.keys(schema.properties ?? {})
  return `${known.join(', ')}${didYouMean(name, known)}`
}

const CONSTRAINTS: Partial<Record<ValueErrorType, (schema: TSchema) => string>> = {
  [ValueErrorType.ObjectRequiredProperty]: schema => `it is required: ${typeOf(schema, undefined)}`,
  [ValueErrorType.NumberExclusiveMinimum]: numberRange,
  [ValueErrorType.NumberMaximum]: numberRange,
  [ValueErrorType.NumberMinimum]: numberRange,
  [ValueErrorType.IntegerMinimum]: numberRange,
  [ValueErrorType.IntegerMaximum]: numberRange,
  [ValueErrorType.ArrayMinItems]: schema => `at least ${schema.minItems} entries`,
  [ValueErrorType.ArrayMaxItems]: schema => `at most ${schema.maxItems} entries`,
  [ValueErrorType.ArrayUniqueItems]: () => 'every entry once',
  [ValueErrorType.StringMinLength]: () => 'a text that is not empty',
  [ValueErrorType.StringMaxLength]: schema => `at most ${schema.maxLength} characters`,
  [ValueErrorType.ObjectMinProperties]: schema =>
    `at least one of ${Object.keys(schema.properties ?? {}).join(', ')}`,
  [ValueErrorType.ObjectMaxProperties]: schema => `at most ${schema.maxProperties} entries`,
}

function numberRange(schema: TSchema): string {
  const least =
    schema.exclusiveMinimum === undefined ? `from ${schema.minimum}` : `above ${schema.exclusiveMinimum}`
  const whole = schema.type === 'integer' ? 'a whole number' : 'a number'
  return `${whole} ${least}, at most ${schema.maximum}`
}

function typeOf(schema: TSchema, value: unknown): string {
  if (Array.isArray(schema.enum)) return `${schema.enum.join(', ')}${didYouMean(String(value), schema.enum)}`
  const types: Record<string, string> = { object: 'a mapping', array: 'a list', boolean: 'true or false' }
  if (schema.type === 'string') return textOf(schema, value)
  if (schema.type === 'number' || schema.type === 'integer') return numberRange(schema)
  return types[schema.type as string] ?? String(schema.type)
}

/** A decimal must be a text, since 0.1 as a number is not exactly 0.1; other numbers only miss their quotes. */
function textOf(schema: TSchema, value: unknown): string {
  const isMoney = String(schema.description ?? '').startsWith('Dollars')
  const what = isMoney ? 'a decimal in quotes with at most 12 decimals, such as "2.50"' : 'a text'
  if (typeof value === 'number') return `${what}: write it in quotes`
  return schema.pattern !== undefined && !isMoney ? `a text of the form ${schema.pattern}` : what
}
