import { isObject } from '../lib/object'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }
type JsonObject = { [name: string]: Json }

/** Where these stand, what follows is data of a user's kind and no schema. */
const DATA = new Set(['example', 'examples', 'default', 'enum', 'value'])
/** What the plugin says that every route with a body takes, besides JSON. No route does. */
const NOT_TAKEN = ['multipart/form-data', 'text/plain', 'none']

/**
 * Makes a valid OpenAPI 3.0.3 document of the plugin's, which holds newer JSON Schema: `const`, `null` as a type, lists
 * of examples, numeric exclusive bounds, pattern properties. Media types that no route takes go, every answer gets a
 * description, and descriptions begin like sentences. The document that is given is not changed.
 */
export function mendDocument(document: object): JsonObject {
  const mended = mend(JSON.parse(JSON.stringify(document)) as JsonObject)
  for (const operation of operationsOf(mended)) mendOperation(operation)
  return mended
}

function mend<Value extends Json>(value: Value): Value {
  if (Array.isArray(value)) return value.map(mend) as Value
  if (!isJsonObject(value)) return value
  return mendSchema(mapValues(value, mendMember)) as Value
}

/** Under `properties` stand names of the user's choice, which may read like keywords. */
function mendMember(name: string, member: Json): Json {
  if (DATA.has(name)) return member
  return name === 'properties' && isJsonObject(member)
    ? mapValues(member, (_, schema) => mend(schema))
    : mend(member)
}

function mapValues(object: JsonObject, change: (name: string, value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(name, value)]))
}

/** Whatever is no schema has none of these keywords, and stays as it is. */
function mendSchema(schema: JsonObject): JsonObject {
  return [mendConst, mendUnion, mendExamples, mendBounds, mendPatterns, mendDescription].reduce(
    (whole, step) => step(whole),
    schema,
  )
}

function mendConst({ const: value, ...rest }: JsonObject): JsonObject {
  return value === undefined ? rest : { type: typeof value, ...rest, enum: [value] }
}

/** `null` among the branches becomes `nullable`; constants become one `enum`; a branch left alone needs no union. */
function mendUnion(schema: JsonObject): JsonObject {
  const { anyOf, ...rest } = schema
  if (!Array.isArray(anyOf)) return schema
  const branches = anyOf.filter(isJsonObject)
  const others = branches.filter(branch => branch.type !== 'null')
  const nullable: JsonObject = others.length < branches.length ? { nullable: true } : {}
  const [first] = others
  if (first && others.every(({ enum: values, type }) => Array.isArray(values) && type === first.type))
    return { type: first.type ?? 'string', ...rest, ...nullable, enum: enumOf(others, nullable) }
  if (first && others.length === 1) return { ...first, ...rest, ...nullable }
  return { ...rest, ...nullable, anyOf: others }
}

/** In 3.0 an `enum` that is to allow null must name it. */
function enumOf(branches: readonly JsonObject[], { nullable }: JsonObject): Json[] {
  const values = branches.flatMap(branch => branch.enum as Json[])
  return nullable ? [...values, null] : values
}

function mendExamples({ examples, ...rest }: JsonObject): JsonObject {
  if (!Array.isArray(examples)) return examples === undefined ? rest : { ...rest, examples }
  return examples[0] === undefined ? rest : { ...rest, example: examples[0] }
}

function mendBounds(schema: JsonObject): JsonObject {
  const { exclusiveMinimum: above, exclusiveMaximum: below } = schema
  return {
    ...schema,
    ...(typeof above === 'number' ? { minimum: above, exclusiveMinimum: true } : {}),
    ...(typeof below === 'number' ? { maximum: below, exclusiveMaximum: true } : {}),
  }
}

function mendPatterns({ patternProperties, ...rest }: JsonObject): JsonObject {
  if (!isJsonObject(patternProperties)) return rest
  return { ...rest, additionalProperties: Object.values(patternProperties)[0] ?? true }
}

/** Errors say `expected a whole number`; by itself the same is a sentence. */
function mendDescription({ description, ...rest }: JsonObject): JsonObject {
  if (typeof description !== 'string') return description === undefined ? rest : { ...rest, description }
  return { ...rest, description: description.charAt(0).toUpperCase() + description.slice(1) }
}

function* operationsOf({ paths }: JsonObject): Generator<JsonObject> {
  for (const path of isJsonObject(paths) ? Object.values(paths) : [])
    for (const operation of isJsonObject(path) ? Object.values(path) : [])
      if (isJsonObject(operation)) yield operation
}

function mendOperation({ requestBody, responses }: JsonObject): void {
  if (
    isJsonObject(requestBody) &&
    isJsonObject(requestBody.content) &&
    requestBody.content['application/json']
  )
    for (const type of NOT_TAKEN) delete requestBody.content[type]
  for (const response of isJsonObject(responses) ? Object.values(responses) : [])
    if (isJsonObject(response)) response.description ??= ''
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return isObject(value)
}
