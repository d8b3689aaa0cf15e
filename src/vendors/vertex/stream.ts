import { parseObject } from '../../lib/json'
import type { ChatEvent } from '../../wire/chat-event'
import { StreamReader as ClaudeStream } from '../anthropic/stream'
import { UNKNOWN } from '../compatible/family'
import { CompatibleStream } from '../compatible/stream'
import { StreamReader as GeminiStream } from '../gemini/stream'
import type { StreamTranslator, VendorEvent } from '../translation'
import { publisherIn } from './publisher-in'

/** Reads a stream of whichever company's model it is: its first event shows that. */
export class VertexStream implements StreamTranslator {
  private reader: StreamTranslator | undefined

  push(event: VendorEvent): ChatEvent[] {
    this.reader ??= readerFor(event.data)
    return this.reader.push(event)
  }

  end(): ChatEvent[] {
    return this.reader?.end() ?? []
  }
}

function readerFor(data: string): StreamTranslator {
  const publisher = publisherIn(parseObject(data) ?? {})
  if (publisher === 'anthropic') return new ClaudeStream()
  return publisher === 'google' ? new GeminiStream() : new CompatibleStream(UNKNOWN)
}
