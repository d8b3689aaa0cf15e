import { GatewayError } from '../errors'
import { type NoteSpans, notesIn } from './caller-notes'
import { required, string } from './field'
import { JsonReader, type Span } from './json-reader'
import { isNull } from './member'
import { emptyShape, type Shape } from './shape'
import type { Edit } from './splice'

/** What the gateway must know of any JSON request; the body itself stays as the caller wrote it. */
export interface JsonRequest {
  body: Uint8Array
  model: string
  stream: boolean
  shape: Shape
  members: Members
  /** Where the caller says who it is. */
  notes: NoteSpans | undefined
}

/** Where the body's outermost values stand. */
export interface Members {
  reader: JsonReader
  spans: ReadonlyMap<string, Span>
  /** The closing brace of the body's object: where a member can be added. */
  end: number
}

/** Fields that would move the vendor's host, our credential or headers. They reach no vendor. */
const FORBIDDEN = new Set([
  'api_base',
  'api_key',
  'api_type',
  'api_version',
  'base_url',
  'custom_llm_provider',
  'default_headers',
  'extra_headers',
  'extra_query',
  'headers',
  'organization',
])
const MAX_TOP_LEVEL_KEYS = 256
/** None of the values that are decoded here is longer: decoding megabytes would hold up everybody else. */
const MAX_VALUE_BYTES = 64 * 1024

/** Consumes the value of a member and returns true, or leaves it to be passed over. */
export type Visit = (key: string, reader: JsonReader) => boolean

/** Walks a request's object once. Throws GatewayError for what is none, for a key that comes twice and for one that is not to reach a vendor. */
export function readMembers(body: Uint8Array, visit: Visit): Members {
  const reader = new JsonReader(body)
  const spans = new Map<string, Span>()
  if (reader.kind() !== 'object') throw new GatewayError('invalid_json', 'The body must be a JSON object.')
  reader.object(key => {
    if (spans.has(key))
      throw new GatewayError('duplicate_key', 'The body has this key more than once.', {
        param: printable(key),
      })
    assertAllowed(key)
    if (spans.size >= MAX_TOP_LEVEL_KEYS)
      throw new GatewayError('invalid_value', `The body has more than ${MAX_TOP_LEVEL_KEYS} keys.`)
    const start = reader.position
    if (!visit(key, reader)) reader.skip()
    spans.set(key, { start, end: reader.position })
  })
  const end = reader.position - 1
  reader.finish()
  return { reader, spans, end }
}

/** Throws `unknown_parameter` for a field that is not to reach a vendor. */
export function assertAllowed(key: string): void {
  if (FORBIDDEN.has(key))
    throw new GatewayError('unknown_parameter', `Unknown parameter: '${key}'.`, { param: key })
}

/** A member's value, decoded; undefined if it is absent or null. Throws `invalid_value` for one of more than 64 KB. */
export function memberValue({ reader, spans }: Members, name: string): unknown {
  const span = spans.get(name)
  if (span && span.end - span.start > MAX_VALUE_BYTES)
    throw new GatewayError('invalid_value', `Invalid '${name}': the value is too long.`, { param: name })
  const value = span && reader.value(span)
  return value === null ? undefined : value
}

/** Whether a member says anything: one that is null is as one that is absent. */
export function isGiven({ reader, spans }: Members, name: string): boolean {
  const span = spans.get(name)
  return span !== undefined && !isNull(reader.bytes, span.start)
}

/** The model that is asked for. Throws `missing_required_parameter` or `invalid_type`. */
export function modelOf(members: Members): string {
  const model = memberValue(members, 'model')
  if (model === undefined)
    throw new GatewayError('missing_required_parameter', 'You must provide a model parameter.', {
      param: 'model',
    })
  return required(string(model, 'model'), 'model')
}

/** Where the model stands that `modelOf` has read. */
export function modelSpan({ spans }: Members): Span {
  const span = spans.get('model')
  if (!span) throw new Error('modelSpan: a body without a model')
  return span
}

/** A request of which nothing but its model need be known. */
export function jsonRequest(body: Uint8Array, members: Members, stream: boolean): JsonRequest {
  return {
    body,
    model: modelOf(members),
    stream,
    shape: emptyShape(body.length),
    members,
    notes: notesIn(body, members),
  }
}

/** Sets a member to this JSON text, whether the caller gave it or not. */
export function memberEdit({ spans, end }: Members, name: string, json: string): Edit {
  const span = spans.get(name)
  return span ? { ...span, text: json } : { start: end, end, text: `,${JSON.stringify(name)}:${json}` }
}

/** A caller's own key may be named back to it, but only if it is plain and short. */
export function printable(key: string): string | null {
  return /^[\w.$-]{1,64}$/.test(key) ? key : null
}
