import type { Static, TObject, TSchema } from '@sinclair/typebox'
import { Value, type ValueError, ValueErrorType } from '@sinclair/typebox/value'
import { GatewayError } from '../errors'
import { readBody as readBytes } from '../wire/body'
import { JsonReader } from '../wire/json-reader'
import { printable } from '../wire/json-request'

const MAX_BYTES = 1024 * 1024

/**
 * A management request's JSON body, checked strictly: unknown fields are refused, nothing is coerced or dropped.
 * Throws GatewayError with the field's path for whatever the schema does not allow.
 */
export async function readBody<Schema extends TObject>(
  request: Request,
  schema: Schema,
): Promise<Static<Schema>> {
  const bytes = await readBytes(request, MAX_BYTES)
  assertKeysOnce(bytes)
  const value: unknown = parse(bytes)
  const problem = Value.Errors(schema, value).First()
  if (problem) throw refusal(innermost(problem))
  return value as Static<Schema>
}

/** The last of two equal keys would win in silence, at any depth. */
function assertKeysOnce(bytes: Uint8Array): void {
  const reader = new JsonReader(bytes)
  if (reader.kind() !== 'object') throw new GatewayError('invalid_json', 'The body must be a JSON object.')
  walk(reader, [])
  reader.finish()
}

/** Passes over one value, which stands at this path. Throws `duplicate_key` for the first key that an object has twice. */
function walk(reader: JsonReader, path: string[]): void {
  const kind = reader.kind()
  const inside = (name: string) => {
    path.push(name)
    walk(reader, path)
    path.pop()
  }
  if (kind === 'object') {
    const keys = new Set<string>()
    reader.object(key => {
      if (keys.has(key)) throw duplicate([...path, key])
      keys.add(key)
      inside(key)
    })
  } else if (kind === 'array') {
    let index = 0
    reader.array(() => inside(String(index++)))
  } else reader.skip()
}

function duplicate(path: readonly string[]): GatewayError {
  return new GatewayError('duplicate_key', 'The body has this key more than once.', {
    param: pathOf(printablePart(path)),
  })
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.prototype.utf8Slice.call(bytes, 0, bytes.length))
  } catch (cause) {
    throw new GatewayError('invalid_json', 'The body is not valid JSON.', { cause })
  }
}

/** An object or a list in a field that may also be null: what is wrong inside it. Of the list itself the field knows more. */
function innermost(error: ValueError): ValueError {
  const branches: TSchema[] = error.schema.anyOf ?? []
  const kind = kindOf(error.value)
  const branch = branches.findIndex(({ type }) => type === kind)
  const isNested = kind === 'object' || kind === 'array'
  if (error.type !== ValueErrorType.Union || branch === -1 || !isNested) return error
  const inner = error.errors[branch]?.First()
  return inner && (kind === 'object' || inner.path !== error.path) ? innermost(inner) : error
}

/** The value itself is not repeated: it may be a secret in the wrong place. */
function refusal({ type, path, schema, value }: ValueError): GatewayError {
  const names = path.split('/').slice(1)
  const shown = printablePart(names)
  const param = pathOf(shown)
  const isWhole = shown.length === names.length
  const named = isWhole && param ? `'${param}'` : `a field${param ? ` of '${param}'` : ''}`
  if (type === ValueErrorType.ObjectAdditionalProperties)
    return new GatewayError('unknown_parameter', `Unknown parameter: ${named}.`, { param })
  if (type === ValueErrorType.ObjectRequiredProperty)
    return new GatewayError('missing_required_parameter', `Missing required parameter: ${named}.`, { param })
  const expected = schema.description ?? `${schema.type}`
  if (kindsOf(schema).includes(kindOf(value)))
    return new GatewayError('invalid_value', `Invalid value for ${named}: expected ${expected}`, { param })
  return new GatewayError(
    'invalid_type',
    `Invalid type for ${named}: expected ${kindsOf(schema).join(' or ')}.`,
    {
      param,
    },
  )
}

/** JSON's name of a schema's type; of all of them, where it may be one of several. */
function kindsOf(schema: TSchema): string[] {
  const branches: TSchema[] = schema.anyOf ?? [schema]
  return [...new Set(branches.map(({ type }) => String(type)))]
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Number.isInteger(value)) return 'integer'
  return Array.isArray(value) ? 'array' : typeof value
}

/** A path as far as it can be repeated. */
function printablePart(names: readonly string[]): readonly string[] {
  const unprintable = names.findIndex(name => printable(name) === null)
  return unprintable === -1 ? names : names.slice(0, unprintable)
}

/** As OpenAI writes it: `scopes[0]`. */
function pathOf(names: readonly string[]): string | null {
  if (names.length === 0) return null
  return names.map((name, at) => (/^\d+$/.test(name) ? `[${name}]` : `${at > 0 ? '.' : ''}${name}`)).join('')
}
