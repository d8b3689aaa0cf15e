import { invalid, oneOf, required, string, wrongType } from './field'
import { type JsonRequest, jsonRequest, memberValue, readMembers } from './json-request'

/** A text that is to be spoken. */
export interface SpeechRequest extends JsonRequest {
  /** Unicode code points of the text: what speech is sold by. */
  characters: number
  /** `mp3`, unless the caller wants another. */
  format: string
  /** How many times as long as usual it takes to say, 1 at least. */
  slowness: number
}

/** Of normal speed, at OpenAI; no vendor speaks more slowly. */
const SLOWEST = 0.1
/** No vendor speaks a longer text; OpenAI takes 4,096 characters. */
const MAX_INPUT_BYTES = 1024 * 1024

/** Reads a request for speech. Throws GatewayError naming the field for whatever cannot be one. */
export function readSpeechRequest(body: Uint8Array): SpeechRequest {
  const members = readMembers(body, () => false)
  const { reader, spans } = members
  const span = spans.get('input')
  if (span && span.end - span.start > MAX_INPUT_BYTES) throw invalid('input', 'the text is too long')
  const input: unknown = span && (reader.value(span) ?? undefined)
  if (input !== undefined && typeof input !== 'string') throw wrongType('input', 'a string')
  const streamFormat = oneOf(memberValue(members, 'stream_format'), 'stream_format', ['audio', 'sse'])
  return {
    ...jsonRequest(body, members, streamFormat === 'sse'),
    characters: codePoints(required(input, 'input')),
    format: string(memberValue(members, 'response_format'), 'response_format') ?? 'mp3',
    slowness: slownessAt(memberValue(members, 'speed')),
  }
}

/** A speed that is none is the vendor's to refuse. */
function slownessAt(speed: unknown): number {
  return typeof speed === 'number' && speed > 0 ? Math.max(1, 1 / Math.max(speed, SLOWEST)) : 1
}

function codePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}
