import { isObject } from '../lib/object'
import { MOST_READINGS } from '../wire/bought'
import { type NoteSpans, notesIn } from '../wire/caller-notes'
import type { ChatRequest, Media } from '../wire/chat-request'
import * as field from '../wire/field'
import type { JsonReader, Span } from '../wire/json-reader'
import { isGiven, type Members, memberValue, modelOf, modelSpan, readMembers } from '../wire/json-request'
import { type Mentions, mentionsSchema } from '../wire/mentions'
import { emptyShape } from '../wire/shape'
import { readConversation } from './conversation'

/**
 * What the gateway must know of a Messages request; the body itself stays as the caller wrote it. What it may cost is
 * told by the same members as a chat's.
 */
export interface MessagesRequest
  extends Pick<
    ChatRequest,
    | 'body'
    | 'model'
    | 'stream'
    | 'n'
    | 'longest'
    | 'cap'
    | 'shape'
    | 'media'
    | 'mentions'
    | 'messages'
    | 'bringsIn'
  > {
  modelSpan: Span
  notes: NoteSpans | undefined
  /** The caller's `anthropic-beta`: some members of a request mean nothing without it. */
  betas: string | null
}

/** A body and the headers that belong to it. */
export interface MessagesBody {
  bytes: Uint8Array
  length: number
  betas: string | null
}

/** Members that speak of tools. */
const OF_TOOLS = new Set(['tools', 'tool_choice'])

/** Tools that the vendor runs and bills beside tokens, for which no price is known. */
const BILLED_BESIDE = /^(?:web_search|code_execution|advisor)_/

/** However its letters are spelt, none of these is longer. */
const LONGEST_TYPE_BYTES = 512

/** Tools that the vendor runs too, which are billed by the tokens that they bring in. */
const BRINGS_IN = /^(?:web_fetch|tool_search|mcp)_/

/** Reads a request's bytes once. Throws GatewayError naming the field for what cannot be a Messages request. */
export function readMessagesRequest(given: MessagesBody, needsMaxTokens = true): MessagesRequest {
  const { bytes: body, betas } = given
  const shape = emptyShape(body.length)
  const media: Media = { imageBytes: 0, audioBytes: 0, fileBytes: 0 }
  const mentions: Mentions = { tools: false, schema: false }
  let bringsIn = 0
  const members = readMembers(body, (key, reader) => {
    if (OF_TOOLS.has(key)) mentions.tools = true
    if (key === 'messages') shape.messages = readConversation(reader, { shape, media, mentions })
    else if (key === 'tools' && reader.kind() === 'array') {
      shape.tools = readTools(reader, type => {
        if (BRINGS_IN.test(type)) bringsIn = MOST_READINGS
      })
    } else return false
    return true
  })
  const model = modelOf(members)
  const messages = field.required(members.spans.get('messages'), 'messages')
  if (shape.messages === 0) throw field.emptyArray('messages')
  shape.maxTokens = maxTokensOf(members, needsMaxTokens)
  shape.temperature = field.decimal(memberValue(members, 'temperature'), 'temperature', 0, 1) ?? null
  assertPriced(members)
  mentions.schema = mentionsSchema(body, members.spans.get('output_config'))
  const stream = field.boolean(memberValue(members, 'stream'), 'stream') ?? false
  const longest = shape.maxTokens
  return {
    body,
    model,
    stream,
    n: 1,
    longest,
    cap: undefined,
    shape,
    media,
    mentions,
    messages,
    bringsIn: isGiven(members, 'mcp_servers') ? MOST_READINGS : bringsIn,
    modelSpan: modelSpan(members),
    notes: notesIn(body, members),
    betas,
  }
}

function maxTokensOf(members: Members, isNeeded: boolean): number | null {
  const value = memberValue(members, 'max_tokens')
  const maxTokens = field.integer(value, 'max_tokens', 0, Number.MAX_SAFE_INTEGER)
  return (isNeeded ? field.required(maxTokens, 'max_tokens') : maxTokens) ?? null
}

/** Modes that multiply the price, which is known for the ordinary one. */
function assertPriced(members: Members): void {
  if (memberValue(members, 'speed') === 'fast')
    throw field.unsupported('speed', 'fast costs more than the price that we know')
  const place = memberValue(members, 'inference_geo')
  if (place !== undefined && place !== 'global')
    throw field.unsupported('inference_geo', 'a place costs more than the price that we know')
  if (isGiven(members, 'fallbacks'))
    throw field.unsupported('fallbacks', 'another model than the one that was allowed would answer')
  assertNoCompaction(memberValue(members, 'context_management'))
}

/** What a vendor reads and writes to shorten a conversation is not among the figures of its answer. */
function assertNoCompaction(management: unknown): void {
  const edits = isObject(management) && Array.isArray(management.edits) ? management.edits : []
  const index = edits.findIndex(edit => isObject(edit) && String(edit.type).startsWith('compact'))
  if (index !== -1)
    throw field.unsupported(`context_management.edits[${index}].type`, 'its tokens are billed apart')
}

function readTools(reader: JsonReader, see: (type: string) => void): number {
  let index = 0
  return reader.array(() => {
    const at = `tools[${index++}]`
    if (reader.kind() !== 'object') throw field.wrongType(at, 'an object')
    reader.object(key => {
      const span = reader.skip()
      if (key === 'type' && span.end - span.start < LONGEST_TYPE_BYTES)
        see(billedInTokens(reader.value(span), `${at}.type`))
    })
  })
}

function billedInTokens(type: unknown, at: string): string {
  if (typeof type !== 'string') return ''
  if (BILLED_BESIDE.test(type))
    throw field.unsupported(at, 'this tool is billed by the call, and no price is known for that')
  return type
}
