import type { ChatRequest } from '../../wire/chat-request'
import { type Edit, inPieces } from '../../wire/splice'
import type { PassedRequest } from '../adapter'
import type { Vendor } from '../vendor'
import { headersFor } from './headers'
import { shortenIds } from './long-ids'
import { streamOptionsFor } from './stream-options'

/**
 * The caller's bytes with two values replaced: `model`, and for a stream `stream_options.include_usage`; and with a
 * `max_completion_tokens` where a budget allows only so long an answer. Another vendor's ids of calls are shortened where OpenAI
 * would refuse them.
 * Unknown fields, big integers and key order arrive as they were written.
 */
export function chatRequest(request: ChatRequest, vendor: Vendor, model: string): PassedRequest {
  const edits: Edit[] = []
  if (request.model !== model) edits.push({ ...request.spans.model, text: JSON.stringify(model) })
  if (request.stream) askForUsage(request, vendor, edits)
  // Whoever else speaks the dialect takes back the ids that it made.
  if (request.hasLongIds && (vendor.kin ?? vendor.name) === 'openai') edits.push(...shortenIds(request))
  if (request.cap !== undefined) edits.push(capAnswer(request.cap, request))
  return {
    url: `${vendor.baseUrl}/chat/completions`,
    headers: headersFor(vendor, request.stream ? 'text/event-stream' : 'application/json'),
    body: inPieces(request.body, edits),
  }
}

/** A caller that said `null` has said nothing, and a key must not stand there twice. */
function capAnswer(cap: number, { spans }: ChatRequest): Edit {
  const span = spans.maxCompletionTokens
  if (span) return { ...span, text: String(cap) }
  return { start: spans.end, end: spans.end, text: `,"max_completion_tokens":${cap}` }
}

/** Usage is always asked for, since it is what we bill by; the caller sees it only if the caller asked. */
function askForUsage({ body, spans, includeUsage }: ChatRequest, vendor: Vendor, edits: Edit[]): void {
  const span = spans.streamOptions
  const given = () => span && JSON.parse(Buffer.prototype.utf8Slice.call(body, span.start, span.end))
  const text = streamOptionsFor(vendor, includeUsage, given)
  if (text === undefined) return
  if (span) edits.push({ ...span, text })
  else edits.push({ start: spans.end, end: spans.end, text: `,"stream_options":${text}` })
}
