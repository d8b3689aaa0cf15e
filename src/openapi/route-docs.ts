import type { TObject, TSchema } from '@sinclair/typebox'
import type { ErrorCode } from '../errors'
import { type Envelope, errorResponses } from './error-docs'
import { LEAVE_PARAMETER, LIMIT_HEADERS, REPEAT_PARAMETER } from './header-docs'

/** What the published description says of one route. It checks nothing: the route does that itself. */
export interface RouteDescription {
  tag: 'Inference' | 'Catalog' | 'Management' | 'Operations'
  summary: string
  description?: string
  /** Whose credential it takes: a caller's key, the admin key, either, or none. */
  access: 'key' | 'admin' | 'either' | 'none'
  /** Parameters of the path, each with what it is. */
  path?: Record<string, { description: string; example: string }>
  query?: TObject
  /** JSON, unless `form` says that it is a multipart form; `optional` where it may be left out. */
  body?: { schema: TSchema; examples: Record<string, unknown>; form?: true; optional?: true }
  answer: Answer & { status?: 200 | 201 }
  /** Answers of other statuses that are no errors of ours, by status. */
  others?: Record<number, Answer>
  errors?: readonly ErrorCode[]
  /** Absent: OpenAI's. */
  envelope?: Envelope
}

interface Answer {
  description: string
  content: Record<string, MediaType>
}

interface MediaType {
  schema: TSchema
  example: unknown
}

const SECURITY = {
  key: [{ key: [] }],
  admin: [{ admin: [] }],
  either: [{ key: [] }, { admin: [] }],
  none: [],
}

/** A route's `detail`, from which the docs plugin writes its part of `/openapi.json`. */
export function describeRoute(route: RouteDescription) {
  const { tag, summary, description, access, body, answer, errors = [] } = route
  const isRepeatable = errors.includes('idempotency_mismatch')
  const isLimited = errors.includes('rate_limit_exceeded')
  return {
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY[access],
    parameters: [
      ...pathParameters(route),
      ...queryParameters(route),
      ...(isRepeatable ? [REPEAT_PARAMETER, LEAVE_PARAMETER] : []),
    ],
    ...(body ? { requestBody: requestBody(body) } : {}),
    responses: {
      [answer.status ?? 200]: {
        description: answer.description,
        ...(isLimited ? { headers: LIMIT_HEADERS } : {}),
        content: answer.content,
      },
      ...route.others,
      ...errorResponses(errors, route.envelope),
    },
  }
}

function pathParameters({ path = {} }: RouteDescription) {
  return Object.entries(path).map(([name, { description, example }]) => ({
    name,
    in: 'path',
    required: true,
    description,
    // Beside the schema the viewer would look for an example of the same name as the body's, and find none.
    schema: { type: 'string' as const, example },
  }))
}

function queryParameters({ query }: RouteDescription) {
  return Object.entries(query?.properties ?? {}).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: false,
    ...(description === undefined ? {} : { description }),
    schema: schema as object,
  }))
}

function requestBody({ schema, examples, form, optional }: NonNullable<RouteDescription['body']>) {
  const named = Object.entries(examples).map(([name, value]) => [name, { value }])
  return {
    required: !optional,
    content: {
      [form ? 'multipart/form-data' : 'application/json']: {
        schema: schema as object,
        examples: Object.fromEntries(named),
      },
    },
  }
}
