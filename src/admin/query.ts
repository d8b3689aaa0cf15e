import { type TObject, Type } from '@sinclair/typebox'
import { GatewayError } from '../errors'
import { isId } from '../lib/id'

const DEFAULT_LIMIT = 100
export const MAX_LIMIT = 1000

/** The two parameters of every list. */
export const PAGE_QUERY = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_LIMIT,
      default: DEFAULT_LIMIT,
      description: 'How many entries a page holds at most.',
    }),
  ),
  cursor: Type.Optional(Type.String({ description: '`next_cursor` of the page before.' })),
}

export type Query<Schema extends TObject> = { [Name in keyof Schema['properties']]?: string }

const CONTROLS = /\p{Cc}/u
const NAME = /^[\w.[\]-]{1,64}$/

/**
 * The query's parameters as text. Throws GatewayError naming the parameter for one that the route does not have, since
 * a filter with a slip in its name would otherwise show everything; for one given twice, empty, or with control characters.
 */
export function readQuery<Schema extends TObject>(request: Request, schema: Schema): Query<Schema> {
  const start = request.url.indexOf('?')
  const found: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(start === -1 ? '' : request.url.slice(start + 1))) {
    if (!Object.hasOwn(schema.properties, name)) throw unknown(name)
    if (Object.hasOwn(found, name)) throw invalid(name, 'it once')
    if (value === '') throw invalid(name, 'a value, or that it is left out')
    if (CONTROLS.test(value)) throw invalid(name, 'a value without control characters')
    found[name] = value
  }
  return found as Query<Schema>
}

/** The page that is asked for: `after` is the id that its entries come after. */
export function readPage({ limit, cursor }: { limit?: string | undefined; cursor?: string | undefined }): {
  limit: number
  after: string | undefined
} {
  if (cursor !== undefined && !isId(cursor)) throw invalid('cursor', '`next_cursor` of an earlier answer')
  return { limit: readLimit(limit) ?? DEFAULT_LIMIT, after: cursor }
}

/** How many entries are asked for; undefined if nothing is said. */
export function readLimit(limit: string | undefined): number | undefined {
  if (limit === undefined) return undefined
  const count = /^\d{1,9}$/.test(limit) ? Number(limit) : 0
  if (count < 1 || count > MAX_LIMIT) throw invalid('limit', `a whole number from 1 to ${MAX_LIMIT}`)
  return count
}

/** An error for a parameter or field whose value is not allowed. */
export function invalid(param: string, expected: string): GatewayError {
  return new GatewayError('invalid_value', `Invalid value for '${param}': expected ${expected}.`, { param })
}

function unknown(name: string): GatewayError {
  if (!NAME.test(name)) return new GatewayError('unknown_parameter', 'Unknown query parameter.')
  return new GatewayError('unknown_parameter', `Unknown query parameter: '${name}'.`, { param: name })
}
