import { isUtf8 } from 'node:buffer'
import type { UnaryAnswer } from '../../wire/chat-answer'
import { JsonReader, type Span } from '../../wire/json-reader'
import { splice } from '../../wire/splice'
import type { UpstreamRequest } from '../adapter'
import type { Vendor } from '../vendor'
import { finishReasonOf } from './finish'
import { headersFor } from './headers'

/** A request of Anthropic's own dialect, as its caller wrote it. */
export interface OwnRequest {
  body: Uint8Array
  modelSpan: Span
  stream: boolean
  /** The caller's `anthropic-beta`. */
  betas: string | null
}

/** The caller's bytes with `model` replaced, for one of Anthropic's own resources. */
export function passRequest(
  { body, modelSpan, stream, betas }: OwnRequest,
  resource: '/messages' | '/messages/count_tokens',
  vendor: Vendor,
  model: string,
): UpstreamRequest {
  return {
    url: `${vendor.baseUrl}${resource}`,
    headers: headersFor(vendor, stream, betas === null ? [] : [betas]),
    body: splice(body, [{ ...modelSpan, text: JSON.stringify(model) }]),
  }
}

/** Reads a whole message without making values of what is only passed on; undefined if it is none. */
export function readOwnAnswer(bytes: Uint8Array): UnaryAnswer | undefined {
  try {
    const reader = new JsonReader(bytes)
    const spans = new Map<string, Span>()
    reader.object(key => void spans.set(key, reader.skip()))
    reader.finish()
    const content = spans.get('content')
    if (!content || !isUtf8(bytes)) return undefined
    const member = (name: string) => {
      const span = spans.get(name)
      return span && reader.value(span)
    }
    const model = member('model')
    return {
      bytes,
      model: typeof model === 'string' && model !== '' ? model : undefined,
      finishReason: finishReasonOf(member('stop_reason')),
      usage: member('usage') ?? undefined,
      isUsageBeside: false,
      usageSpan: spans.get('usage'),
      texts: () => textsOf(reader.value(content)),
    }
  } catch {
    // Whatever the reader finds wrong with it: it is not the answer that was asked for.
    return undefined
  }
}

/** Text, thoughts and calls. */
function textsOf(content: unknown): string[] {
  if (!Array.isArray(content)) return []
  return content.flatMap((block: Record<string, unknown> | null) => {
    const { text, thinking, name, input } = block ?? {}
    const given = input === undefined ? undefined : JSON.stringify(input)
    return [text, thinking, name, given].filter(said => typeof said === 'string')
  })
}
