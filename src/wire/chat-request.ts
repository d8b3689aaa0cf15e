import { GatewayError } from '../errors'
import { BUYING, boughtIn } from './bought'
import { type NoteSpans, notesIn } from './caller-notes'
import type { JsonReader, Span } from './json-reader'
import { type Members, memberValue, modelOf, modelSpan, readMembers } from './json-request'
import { isNull } from './member'
import { type Mentions, mentionsSchema } from './mentions'
import { emptyShape, type Shape } from './shape'

/** What the gateway must know of a chat request; the body itself stays as the caller wrote it. */
export interface ChatRequest {
  body: Uint8Array
  model: string
  stream: boolean
  /** The caller asked for a usage chunk. */
  includeUsage: boolean
  /** How many answers are asked for. */
  n: number
  /** The longest answer that it allows in tokens, the larger one where it says two lengths; null where it says none. */
  longest: number | null
  /** The longest answer that the gateway allows, where the caller says nothing: the vendor must be told. */
  cap: number | undefined
  shape: Shape
  media: Media
  mentions: Mentions
  /** How often its model may read as much as fits, since the vendor itself brings something in; absent or 0: it does not. */
  bringsIn?: number
  /** A result names its call by an id that is longer than some vendors take; absent where none does. */
  hasLongIds?: boolean
  /** Where in the body the conversation stands: nearly all of a long one. */
  messages: Span
  spans: ChatSpans
  /** Where the caller says who it is. */
  notes?: NoteSpans | undefined
}

/** What of a request is no text, in bytes of the body: its tokens cannot be counted here. */
export interface Media {
  imageBytes: number
  audioBytes: number
  fileBytes: number
}

/** Where in the body the values stand that the gateway replaces. */
export interface ChatSpans {
  model: Span
  streamOptions: Span | undefined
  maxCompletionTokens?: Span | undefined
  serviceTier?: Span | undefined
  /** Where there is one. */
  tools?: Span | undefined
  /** Of members that may have the vendor do what it bills by the call; absent where there is none. */
  buying?: Map<string, Span> | undefined
  /** The closing brace of the body's object: where a member can be added. */
  end: number
}

const MAX_CHOICES = 128
const LOWER_F = 102
const LOWER_T = 116
const BACKSLASH = 92
/** An id of 40 letters with its quotes. */
const SHORT_ID_BYTES = 42
/** Members of a request, and of its messages, that speak of tools. */
const OF_TOOLS = new Set(['tools', 'functions', 'tool_choice', 'function_call'])
const OF_CALLS = new Set(['tool_calls', 'tool_call_id', 'function_call'])
/** Members by which a vendor itself brings something in: `data_sources` is Azure's, `cached_content` Gemini's. */
const BRINGING = new Set(['data_sources', 'cached_content'])

/** Reads a chat request's bytes once. Throws GatewayError naming the field for whatever cannot be a chat request. */
export function readChatRequest(body: Uint8Array): ChatRequest {
  const shape = emptyShape(body.length)
  const media: Media = { imageBytes: 0, audioBytes: 0, fileBytes: 0 }
  const mentions: Mentions = { tools: false, schema: false }
  let hasLongIds = false
  let bringsIn = 0
  const bring = (readings: number) => {
    bringsIn = Math.max(bringsIn, readings)
  }
  const callId = ({ start, end }: Span) => {
    hasLongIds ||= end - start > SHORT_ID_BYTES
  }
  const members = readMembers(body, (key, reader) => {
    if (OF_TOOLS.has(key)) mentions.tools = true
    else if (BRINGING.has(key) && !isDeclined(reader)) bring(1)
    if (key === 'messages') shape.messages = readMessages(reader, { shape, media, mentions, callId, bring })
    else if (key === 'tools' && reader.kind() === 'array') shape.tools = reader.array(() => reader.skip())
    else return false
    return true
  })
  mentions.schema = mentionsSchema(body, members.spans.get('response_format'))
  const buying = buyingIn(members)
  if (buying && asksFor(buying, members)) bring(1)
  const request: ChatRequest = { ...checked(body, members, shape), media, mentions, hasLongIds, bringsIn }
  if (buying) request.spans.buying = buying
  return request
}

function buyingIn({ spans }: Members): Map<string, Span> | undefined {
  let found: Map<string, Span> | undefined
  for (const name of BUYING) {
    const span = spans.get(name)
    if (!span) continue
    found ??= new Map()
    found.set(name, span)
  }
  return found
}

/** Some of them say that they ask for nothing. */
function asksFor(buying: ReadonlyMap<string, Span>, members: Members): boolean {
  const given = [...buying.keys()].map(name => [name, memberValue(members, name)])
  return boughtIn(Object.fromEntries(given)) !== undefined
}

/** `false` asks for nothing, as does null. */
function isDeclined({ bytes, position }: JsonReader): boolean {
  return isNull(bytes, position) || bytes[position] === LOWER_F
}

function checked(body: Uint8Array, members: Members, shape: Shape): Omit<ChatRequest, 'media' | 'mentions'> {
  const { spans, end } = members
  const field = (name: string) => memberValue(members, name)
  const model = modelOf(members)
  const messages = spans.get('messages')
  if (!messages) throw missing('messages', "Missing required parameter: 'messages'.")
  if (shape.messages === 0)
    throw new GatewayError(
      'empty_array',
      "Invalid 'messages': empty array. Expected an array with minimum length 1.",
      {
        param: 'messages',
      },
    )
  const stream = boolean('stream', field('stream'))
  const maxTokens = integer(
    'max_completion_tokens',
    field('max_completion_tokens'),
    1,
    Number.MAX_SAFE_INTEGER,
  )
  const maxTokensOld = integer('max_tokens', field('max_tokens'), 1, Number.MAX_SAFE_INTEGER)
  shape.maxTokens = maxTokens ?? maxTokensOld ?? null
  const longest = Math.max(maxTokens ?? 0, maxTokensOld ?? 0)
  shape.temperature = number('temperature', field('temperature')) ?? null
  return {
    body,
    model,
    stream,
    includeUsage: includeUsage(field('stream_options')),
    n: integer('n', field('n'), 1, MAX_CHOICES) ?? 1,
    longest: longest === 0 ? null : longest,
    cap: undefined,
    shape,
    messages,
    notes: notesIn(body, members),
    spans: {
      model: modelSpan(members),
      streamOptions: spans.get('stream_options'),
      maxCompletionTokens: spans.get('max_completion_tokens'),
      serviceTier: spans.get('service_tier'),
      tools: shape.tools > 0 ? spans.get('tools') : undefined,
      end,
    },
  }
}

/** What the scan has seen of the conversation. */
interface Seen {
  shape: Shape
  media: Media
  mentions: Mentions
  /** A result names its call by this. */
  callId: (span: Span) => void
  /** The vendor brings something in for it. */
  bring: (readings: number) => void
}

function readMessages(reader: JsonReader, seen: Seen): number {
  if (reader.kind() !== 'array') throw wrongType('messages', 'an array of objects')
  let index = 0
  return reader.array(() => {
    if (reader.kind() !== 'object') throw wrongType(`messages[${index}]`, 'an object')
    reader.object(key => readMember(key, reader, seen))
    index++
  })
}

function readMember(key: string, reader: JsonReader, seen: Seen): void {
  if (key === 'content' && reader.kind() === 'array') {
    reader.array(() => readPart(reader, seen))
    return
  }
  // It names what was said aloud before, which the vendor has.
  if (key === 'audio' && !isDeclined(reader)) seen.bring(1)
  const span = reader.skip()
  if (OF_CALLS.has(key) || (key === 'role' && mayBeOfTools(reader.bytes[span.start + 1])))
    seen.mentions.tools = true
  if (key === 'tool_call_id') seen.callId(span)
}

/** The roles `tool` and `function` begin as no other does; one that is spelt in escapes may be either. */
function mayBeOfTools(firstByte: number | undefined): boolean {
  return firstByte === LOWER_T || firstByte === LOWER_F || firstByte === BACKSLASH
}

/** Parts are counted by the member that holds their payload, so that no string need be decoded. */
function readPart(reader: JsonReader, { shape, media, bring }: Seen): void {
  if (reader.kind() !== 'object') return void reader.skip()
  reader.object(key => {
    const { start, end } = reader.skip()
    if (key === 'image_url') {
      shape.images++
      media.imageBytes += end - start
      if (mayBeNoPicture(reader.bytes, start, end)) bring(1)
    } else if (LINKS.test(key)) bring(1)
    else if (key === 'input_audio') {
      shape.audio++
      media.audioBytes += end - start
    } else if (key === 'file') media.fileBytes += end - start
  })
}

/** Members of a part that lead to something else: `video_url`, `document_url`, … */
const LINKS = /video|document|_url$/
/** Addresses of what is read as a film, or as a file of any kind. */
const NO_PICTURES = /youtu|gs:|googleapis|\\/
/** A longer one is the picture itself. */
const LONGEST_LINK_BYTES = 4_096

function mayBeNoPicture(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > LONGEST_LINK_BYTES) return false
  return NO_PICTURES.test(Buffer.prototype.latin1Slice.call(bytes, start, end))
}

function includeUsage(options: unknown): boolean {
  if (options === undefined) return false
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw wrongType('stream_options', 'an object')
  const value = (options as Record<string, unknown>).include_usage
  return boolean('stream_options.include_usage', value ?? undefined)
}

function boolean(param: string, value: unknown): boolean {
  if (value === undefined) return false
  if (typeof value !== 'boolean') throw wrongType(param, 'a boolean')
  return value
}

function number(param: string, value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'number') throw wrongType(param, 'a number')
  if (!Number.isFinite(value))
    throw new GatewayError('invalid_value', `Invalid '${param}': not a finite number.`, { param })
  return value
}

function integer(param: string, value: unknown, least: number, most: number): number | undefined {
  const found = number(param, value)
  if (found === undefined) return undefined
  if (!Number.isInteger(found)) throw wrongType(param, 'an integer')
  if (found < least)
    throw new GatewayError('integer_below_min_value', `Invalid '${param}': expected a value >= ${least}.`, {
      param,
    })
  if (found > most)
    throw new GatewayError('integer_above_max_value', `Invalid '${param}': expected a value <= ${most}.`, {
      param,
    })
  return found
}

function missing(param: string, message: string): GatewayError {
  return new GatewayError('missing_required_parameter', message, { param })
}

function wrongType(param: string, wanted: string): GatewayError {
  return new GatewayError('invalid_type', `Invalid type for '${param}': expected ${wanted}.`, { param })
}
