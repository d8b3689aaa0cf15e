import { type OutputUnit, type Schema, Validator } from '@cfworker/json-schema'
import { checkable } from './checkable-schema'

const MOST_PROBLEMS = 5
const MOST_CHARACTERS = 300

/**
 * Where a value departs from a JSON Schema, in words; empty where it follows it, and where that cannot be told: a schema that
 * is none, that refers to what is not there, or that would take too long.
 */
export function problemsOf(value: unknown, schema: Record<string, unknown>): string[] {
  try {
    const { valid, errors } = new Validator(checkable(schema) as Schema, '2020-12', false).validate(value)
    if (valid) return []
    const said = errors.filter(({ keyword }) => !ABOVE.has(keyword)).map(wordsOf)
    return [...new Set(said.length > 0 ? said : errors.map(wordsOf))].slice(0, MOST_PROBLEMS)
  } catch {
    return []
  }
}

/** These say that something below them is wrong, which says it itself. */
const ABOVE = new Set([
  'properties',
  'items',
  'prefixItems',
  'allOf',
  '$ref',
  'additionalProperties',
  'additionalItems',
])

function wordsOf({ instanceLocation, keyword, error }: OutputUnit): string {
  const at = instanceLocation.replace(/^#\/?/, '')
  const what = keyword === 'false' ? 'nothing is allowed here' : error.replace(/\.$/, '')
  return `${at === '' ? '' : `at ${at}: `}${what}`.slice(0, MOST_CHARACTERS)
}
