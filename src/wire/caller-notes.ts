import { isObject } from '../lib/object'
import type { Span } from './json-reader'
import type { Members } from './json-request'
import { isNull } from './member'

/** What a caller says of itself and of its request, for its own books. */
export interface CallerNotes {
  user?: string
  metadata?: Record<string, string>
}

/** Where it stands in a body. */
export interface NoteSpans {
  body: Uint8Array
  user: Span | undefined
  metadata: Span | undefined
}

const MOST_ENTRIES = 16
const MOST_BYTES = 512
/** A member that is longer has nothing in it that is kept. */
const MOST_SPAN_BYTES = 64 * 1024

/** Where a body says it; undefined where it does not. `safety_identifier` is `user` by its new name. */
export function notesIn(body: Uint8Array, { spans }: Pick<Members, 'spans'>): NoteSpans | undefined {
  const named = spans.get('safety_identifier')
  const user = named && !isNull(body, named.start) ? named : spans.get('user')
  const metadata = spans.get('metadata')
  return user || metadata ? { body, user, metadata } : undefined
}

/**
 * What is said there: the user, and 16 entries of text, each of 512 bytes at most; what is longer or of another type is left
 * out. Anthropic's callers name their user within `metadata`. Never throws.
 */
export function readNotes({ body, user, metadata }: NoteSpans): CallerNotes | undefined {
  const found = valueAt(body, metadata)
  const given = isObject(found) ? found : {}
  const said = textOf(valueAt(body, user)) ?? textOf(given.user_id)
  const entries = Object.entries(given).flatMap(([name, value]) => {
    const text = textOf(value)
    return text === undefined || textOf(name) === undefined ? [] : [[name, text] as const]
  })
  if (said === undefined && entries.length === 0) return undefined
  return {
    ...(said !== undefined && { user: said }),
    ...(entries.length > 0 && { metadata: Object.fromEntries(entries.slice(0, MOST_ENTRIES)) }),
  }
}

function valueAt(body: Uint8Array, span: Span | undefined): unknown {
  if (!span || span.end - span.start > MOST_SPAN_BYTES) return undefined
  try {
    return JSON.parse(Buffer.prototype.utf8Slice.call(body, span.start, span.end))
  } catch {
    return undefined
  }
}

function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  return Buffer.byteLength(value) <= MOST_BYTES ? value : undefined
}
