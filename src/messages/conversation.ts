import type { Media } from '../wire/chat-request'
import * as field from '../wire/field'
import type { JsonReader, Span } from '../wire/json-reader'
import type { Mentions } from '../wire/mentions'
import type { Shape } from '../wire/shape'

/** What was seen on the way: counted, never decoded. */
export interface Seen {
  shape: Shape
  media: Media
  mentions: Mentions
}

const IMAGE = '"image"'
const DOCUMENT = '"document"'
const CALL = '"tool_use"'
/** None of them is longer, however it is spelt. */
const LONGEST_TYPE_BYTES = 512
/** Members of a call's block, and of its result's. */
const OF_CALLS = new Set(['input', 'tool_use_id'])

/** Walks the messages and counts what they show; returns how many there are. */
export function readConversation(reader: JsonReader, seen: Seen): number {
  if (reader.kind() !== 'array') throw field.wrongType('messages', 'an array of objects')
  let index = 0
  return reader.array(() => {
    if (reader.kind() !== 'object') throw field.wrongType(`messages[${index}]`, 'an object')
    reader.object(key => {
      if (key === 'content' && reader.kind() === 'array') reader.array(() => readBlock(reader, seen))
      else reader.skip()
    })
    index++
  })
}

/** A block's type may stand behind its payload. The result of a tool has blocks of its own. */
function readBlock(reader: JsonReader, seen: Seen): void {
  if (reader.kind() !== 'object') {
    reader.skip()
    return
  }
  let type = ''
  let sourceBytes = 0
  reader.object(key => {
    if (key === 'content' && reader.kind() === 'array') {
      reader.array(() => readBlock(reader, seen))
      return
    }
    const span = reader.skip()
    if (OF_CALLS.has(key)) seen.mentions.tools = true
    if (key === 'type') type = shortText(reader, span)
    else if (key === 'source') sourceBytes = span.end - span.start
  })
  if (type === CALL) seen.mentions.tools = true
  if (type === IMAGE) {
    seen.shape.images++
    seen.media.imageBytes += sourceBytes
  } else if (type === DOCUMENT) seen.media.fileBytes += sourceBytes
}

/** As it would be written plainly: one that is spelt in escapes is the same. */
function shortText(reader: JsonReader, span: Span): string {
  const { start, end } = span
  if (end - start > LONGEST_TYPE_BYTES) return ''
  const written = Buffer.prototype.latin1Slice.call(reader.bytes, start, end)
  return written.includes('\\') ? JSON.stringify(reader.value(span)) : written
}
