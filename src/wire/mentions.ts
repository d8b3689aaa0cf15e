import type { Span } from './json-reader'
import { indexOf } from './member'

/** What a request speaks of that not every model has. False is certain; true is a guess that whoever reads it whole may find wrong. */
export interface Mentions {
  tools: boolean
  schema: boolean
}

const SCHEMA = Buffer.from('json_schema')
/** What is spelt in escapes may be anything. */
const ESCAPE = Buffer.from('\\u')

/** Whether the member that says in which form to answer, if there is one, may ask for a schema. */
export function mentionsSchema(body: Uint8Array, format: Span | undefined): boolean {
  if (!format) return false
  const bytes = body.subarray(format.start, format.end)
  return indexOf(bytes, SCHEMA) !== -1 || indexOf(bytes, ESCAPE) !== -1
}
