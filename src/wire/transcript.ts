import type { UnaryAnswer } from './chat-answer'
import { readJsonAnswer } from './json-answer'
import { JsonReader } from './json-reader'
import { outermostMember } from './member'
import type { Segment } from './subtitles'

/** What a vendor heard. */
export interface Transcript extends UnaryAnswer {
  /** In seconds, of the whole recording; undefined where the vendor does not tell. */
  duration: number | undefined
}

const DURATION = Buffer.from('"duration"')

/** Reads a vendor's transcript; undefined for bytes that are none. */
export function readTranscript(bytes: Uint8Array): Transcript | undefined {
  const answer = readJsonAnswer(bytes, 'text')
  return answer && { ...answer, texts: () => [textOf(answer)], duration: durationOf(bytes) }
}

/** What was said. */
export function textOf({ bytes }: Pick<UnaryAnswer, 'bytes'>): string {
  const { text } = parsed(bytes)
  return typeof text === 'string' ? text : ''
}

/** A whole transcript as the data of a stream's events: what was said, and that it is all, with the usage as it is written. */
export function transcriptEvents({ bytes, usageSpan }: Transcript): string[] {
  const text = JSON.stringify(textOf({ bytes }))
  const usage =
    usageSpan && `,"usage":${Buffer.prototype.utf8Slice.call(bytes, usageSpan.start, usageSpan.end)}`
  return [
    `{"type":"transcript.text.delta","delta":${text}}`,
    `{"type":"transcript.text.done","text":${text}${usage ?? ''}}`,
  ]
}

/** What was said when; one stretch of the whole where the vendor tells no others. */
export function segmentsOf(transcript: Transcript): Segment[] {
  const { segments } = parsed(transcript.bytes)
  const known = (Array.isArray(segments) ? segments : []).filter(isSegment)
  const text = textOf(transcript)
  return known.length > 0 || text === '' ? known : [{ start: 0, end: transcript.duration ?? 0, text }]
}

/** No recording is longer. */
const MOST_SECONDS = 10_000_000

/** Some vendors write it as a text. */
function durationOf(bytes: Uint8Array): number | undefined {
  const member = outermostMember(bytes, DURATION)
  if (!member) return undefined
  const reader = new JsonReader(bytes)
  reader.position = member.end
  const value = Number(reader.value(reader.skip()) ?? Number.NaN)
  return value >= 0 && value <= MOST_SECONDS ? value : undefined
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8'))
}

function isSegment(value: unknown): value is Segment {
  const { start, end, text } = (value ?? {}) as Partial<Segment>
  return typeof start === 'number' && typeof end === 'number' && typeof text === 'string'
}
