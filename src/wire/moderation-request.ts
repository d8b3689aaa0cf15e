import { notesIn } from './caller-notes'
import { emptyArray, required, wrongType } from './field'
import type { JsonReader } from './json-reader'
import { type JsonRequest, memberValue, modelOf, readMembers } from './json-request'
import { emptyShape, type Shape } from './shape'

/** What OpenAI takes where a request names none. */
const DEFAULT_MODEL = 'omni-moderation-latest'

/** Reads a request for a moderation. Throws GatewayError naming the field for whatever cannot be one. */
export function readModerationRequest(body: Uint8Array): JsonRequest {
  const shape = emptyShape(body.length)
  let hasInput: true | undefined
  const members = readMembers(body, (key, reader) => {
    if (key !== 'input') return false
    hasInput = readInput(reader, shape) || undefined
    return true
  })
  required(hasInput, 'input')
  const isNamed = memberValue(members, 'model') !== undefined
  const model = isNamed ? modelOf(members) : DEFAULT_MODEL
  return { body, model, stream: false, shape, members, notes: notesIn(body, members) }
}

/** False for null. */
function readInput(reader: JsonReader, shape: Shape): boolean {
  const kind = reader.kind()
  if (kind === 'array') {
    if (reader.array(() => readPart(reader, shape)) === 0) throw emptyArray('input')
    return true
  }
  const span = reader.skip()
  if (kind === 'other' && reader.value(span) === null) return false
  if (kind !== 'string') throw wrongType('input', 'a string, an array of strings, or an array of parts')
  return true
}

/** A text, or a part that is one or a picture. */
function readPart(reader: JsonReader, shape: Shape): void {
  if (reader.kind() !== 'object') return void reader.skip()
  reader.object(key => {
    reader.skip()
    if (key === 'image_url') shape.images++
  })
}
