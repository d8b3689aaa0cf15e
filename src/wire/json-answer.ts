import { isUtf8 } from 'node:buffer'
import type { UnaryAnswer } from './chat-answer'
import { JsonReader, type Span } from './json-reader'

/**
 * Reads a JSON answer that is none to a chat: `wanted` is the member without which it is not the answer that was asked
 * for, and `visit` may walk its value. Undefined if it is not.
 */
export function readJsonAnswer(
  bytes: Uint8Array,
  wanted: string,
  visit: (reader: JsonReader) => void = reader => void reader.skip(),
): UnaryAnswer | undefined {
  try {
    const reader = new JsonReader(bytes)
    const spans: { model?: Span; usage?: Span } = {}
    let isWanted = false
    reader.object(key => {
      if (key === wanted) {
        isWanted = true
        visit(reader)
        return
      }
      const span = reader.skip()
      if (key === 'model' || key === 'usage') spans[key] = span
    })
    reader.finish()
    if (!isWanted || !isUtf8(bytes)) return undefined
    const model = spans.model && reader.value(spans.model)
    return {
      bytes,
      model: typeof model === 'string' && model !== '' ? model : undefined,
      finishReason: null,
      usage: (spans.usage && reader.value(spans.usage)) ?? undefined,
      isUsageBeside: false,
      usageSpan: spans.usage,
      texts: () => [],
    }
  } catch {
    // Whatever the reader finds wrong with it: it is not the answer that was asked for.
    return undefined
  }
}
