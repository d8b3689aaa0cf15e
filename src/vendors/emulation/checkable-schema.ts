import { isObject } from '../../lib/object'

/** Steps that one check may take: a hundred times what an answer needs, a fraction of a second. */
const MOST_STEPS = 30_000

/** What an expression or a comparison of each with each may cost nobody can say beforehand; formats are remarks by default. */
const UNCHECKED = new Set(['pattern', 'patternProperties', 'format', 'uniqueItems'])
/** Their values are data, not schemas. */
const DATA = new Set(['const', 'default', 'enum', 'examples', 'required', 'type', 'dependentRequired'])
/** Maps of names to schemas. */
const MAPS = new Set(['properties', '$defs', 'definitions', 'dependentSchemas'])
/** Without the patterns nobody knows which members are left for these. */
const REST = new Set(['additionalProperties', 'unevaluatedProperties'])

/**
 * A copy of a caller's schema that can be checked without trust in it: what could run for ever is left out, and each step
 * of the check is counted. Reading it throws once there were too many.
 */
export function checkable(schema: Record<string, unknown>): Record<string, unknown> {
  return copied(schema, new Steps()) as Record<string, unknown>
}

class Steps {
  private left = MOST_STEPS

  spend(steps: number): void {
    this.left -= steps
    if (this.left < 0) throw new RangeError('this schema takes too long to check')
  }
}

function copied(value: unknown, steps: Steps): unknown {
  if (Array.isArray(value)) return value.map(each => copied(each, steps))
  return isObject(value) ? copiedSchema(value, steps) : value
}

function copiedSchema(schema: Record<string, unknown>, steps: Steps): Record<string, unknown> {
  const made: Record<string, unknown> = {}
  const { type, ...members } = schema
  const hasPatterns = schema.patternProperties !== undefined
  for (const [name, member] of Object.entries(members)) {
    if (UNCHECKED.has(name) || (hasPatterns && REST.has(name))) continue
    define(made, name, copiedMember(name, member, steps))
  }
  const weight = weightOf(schema)
  // Read once in every step of a check, whether it is there or not.
  Object.defineProperty(made, 'type', {
    enumerable: type !== undefined,
    get: () => {
      steps.spend(weight)
      return type
    },
  })
  return made
}

function copiedMember(name: string, member: unknown, steps: Steps): unknown {
  if (DATA.has(name)) return member
  if (!MAPS.has(name) || !isObject(member)) return copied(member, steps)
  const made: Record<string, unknown> = {}
  for (const [each, value] of Object.entries(member)) define(made, each, copied(value, steps))
  return made
}

/** A name such as `__proto__` is a name. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true })
}

/** What one step looks through. */
function weightOf({ enum: values, required, properties }: Record<string, unknown>): number {
  const lengths = [values, required].map(list => (Array.isArray(list) ? list.length : 0))
  const names = isObject(properties) ? Object.keys(properties).length : 0
  return lengths.reduce((sum, length) => sum + length, 1 + names)
}
