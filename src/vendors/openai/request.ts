import type { ChatRequest } from '../../wire/chat-request'
import { unsupported } from '../../wire/field'
import type { Span } from '../../wire/json-reader'
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
 * Unknown fields, big integers and key order arrive as they were written. Throws `unsupported_parameter` for a tier of OpenAI's
 * that costs more than the price that we know.
 */
export function chatRequest(request: ChatRequest, vendor: Vendor, model: string): PassedRequest {
  const edits: Edit[] = []
  if (request.model !== model) edits.push({ ...request.spans.model, text: JSON.stringify(model) })
  if (request.stream) askForUsage(request, vendor, edits)
  // Whoever else speaks the dialect takes back the ids that it made, and has prices that somebody else has set.
  if ((vendor.kin ?? vendor.name) === 'openai') {
    if (request.spans.serviceTier) assertPriced(request, request.spans.serviceTier)
    if (request.hasLongIds) edits.push(...shortenIds(request))
  }
  if (request.cap !== undefined) edits.push(capAnswer(request.cap, request))
  return {
    url: `${vendor.baseUrl}/chat/completions`,
    headers: headersFor(vendor, request.stream ? 'text/event-stream' : 'application/json'),
    body: inPieces(request.body, edits),
  }
}

const DEARER_TIERS = new Set<unknown>(['priority', 'fast'])
/** None of them is longer, however it is escaped. */
const LONGEST_TIER_BYTES = 64

function assertPriced({ body }: ChatRequest, { start, end }: Span): void {
  if (end - start > LONGEST_TIER_BYTES) return
  if (DEARER_TIERS.has(JSON.parse(Buffer.prototype.utf8Slice.call(body, start, end))))
    throw unsupported('service_tier', 'it costs another price than the one that we know')
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
