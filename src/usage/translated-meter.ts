import type { StreamTranslator, Translation, VendorEvent } from '../vendors/translation'
import type { ChatChunk } from '../wire/chat-chunk'
import type { ChatEvent } from '../wire/chat-event'
import { type AnswerOptions, ChunkWriter } from '../wire/chunk-writer'
import { SseParser } from '../wire/sse-parser'
import type { Usage } from '../wire/usage'
import type { StreamMeter } from './stream-meter'
import { TextTally } from './text-tally'

/** An error in place of a stream is no longer than this. */
const MOST_LEADING_BYTES = 64 * 1024

export interface TranslatedMeterOptions {
  translation: Translation
  answer: AnswerOptions
  /** The caller asked for usage, so `"usage":null` stands on every chunk. */
  includeUsage: boolean
  /** Whole events for the caller, in OpenAI's dialect. */
  emit: (bytes: Uint8Array) => void
}

/**
 * Translates a vendor's stream while it passes: bytes are cut into the vendor's events, those become events of ours, and
 * those the caller's chunks, one write for each piece that arrives. The figures are the translator's, never read from text.
 */
export class TranslatedMeter implements StreamMeter {
  usage: Usage | undefined
  rawUsage: unknown
  isUsageFinal = false
  readonly usageEvent = undefined
  model: string | undefined
  finishReason: string | null = null
  done = false
  error: unknown
  broken = false
  hasContent = false
  bytes = 0
  contentEventBytes = 0

  private readonly translator: StreamTranslator
  private readonly frames: { push(bytes: Uint8Array): boolean; end(): void }
  private readonly writer: ChunkWriter
  private readonly tally = new TextTally()
  /** The first bytes, until they were an event: a vendor may answer with an error instead. */
  private leading: Uint8Array[] | undefined = []
  private written = ''
  private readonly options: TranslatedMeterOptions

  constructor(options: TranslatedMeterOptions) {
    this.options = options
    this.translator = options.translation.stream()
    const take = (event: VendorEvent) => this.take(event)
    this.frames = options.translation.frames?.(take) ?? new SseParser((name, data) => take({ name, data }))
    this.writer = new ChunkWriter(options.answer, options.includeUsage)
  }

  get ended(): boolean {
    return this.done || this.broken || this.error !== undefined
  }

  get isComplete(): boolean {
    return this.done
  }

  get lastChunk(): ChatChunk {
    const { id, createdAt, model } = this.writer.head
    return { id, object: 'chat.completion.chunk', created: createdAt, model }
  }

  push(bytes: Uint8Array): void {
    if (this.ended) return
    if (this.leading) this.keepLeading(bytes)
    if (!this.frames.push(bytes)) this.broken = true
    this.flush()
  }

  end(): void {
    if (this.ended) return
    this.frames.end()
    if (!this.ended) this.applyAll(this.translator.end())
    if (!this.ended && this.leading) this.error = errorIn(this.leading)
    this.flush()
  }

  texts(): string[] {
    return this.tally.read()
  }

  private take(event: VendorEvent): void {
    this.leading = undefined
    if (!this.ended) this.applyAll(this.translator.push(event))
  }

  private applyAll(events: readonly ChatEvent[]): void {
    for (const event of events) {
      if (this.ended) return
      this.apply(event)
    }
  }

  private apply(event: ChatEvent): void {
    const chunk = this.writer.write(event)
    if (chunk !== '') this.write(chunk, event)
    if (event.kind === 'start') this.model = event.model ?? this.model
    else if (event.kind === 'usage') this.takeUsage(event)
    else if (event.kind === 'finish') this.finishReason = this.writer.reasonOf(event.choice, event.reason)
    else if (event.kind === 'error') this.error = event.body ?? {}
    else if (event.kind === 'done') this.done = true
    else this.tally.add(event)
  }

  private write(chunk: string, event: ChatEvent): void {
    this.written += chunk
    if (this.hasContent || event.kind === 'finish') return
    this.hasContent = true
    this.contentEventBytes = chunk.length
  }

  /** The last figures count: they are sums, and a vendor may revise them. */
  private takeUsage(event: Extract<ChatEvent, { kind: 'usage' }>): void {
    if (this.isUsageFinal && !event.isFinal) return
    this.usage = event.usage
    this.rawUsage = event.raw
    this.isUsageFinal = event.isFinal
  }

  private flush(): void {
    if (this.written === '') return
    const bytes = Buffer.from(this.written)
    this.written = ''
    this.bytes += bytes.length
    this.options.emit(bytes)
  }

  private keepLeading(bytes: Uint8Array): void {
    const kept = this.leading?.reduce((sum, piece) => sum + piece.length, bytes.length) ?? 0
    if (kept > MOST_LEADING_BYTES) this.leading = undefined
    else this.leading?.push(bytes)
  }
}

/** JSON in the place of a stream is an error, whatever its status; anything else says nothing. */
function errorIn(pieces: readonly Uint8Array[]): unknown {
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8')) ?? undefined
  } catch {
    return undefined
  }
}
