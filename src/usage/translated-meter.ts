import { parseJson } from '../lib/json'
import type { Frames, Round, StreamTranslator, Translation, VendorEvent } from '../vendors/translation'
import { BRANCH_DATA, BRANCH_FAILED, readBranchFrame } from '../wire/branch-frame'
import type { ChatChunk } from '../wire/chat-chunk'
import type { ChatEvent } from '../wire/chat-event'
import { MAX_EVENT_BYTES } from '../wire/event-splitter'
import type { EventWriter } from '../wire/event-writer'
import { SseParser } from '../wire/sse-parser'
import type { Usage } from '../wire/usage'
import { BranchFigures } from './branch-figures'
import type { Outlet, StreamMeter, Unmet } from './stream-meter'
import { TextTally } from './text-tally'

/** What comes in place of a stream is no longer than this. */
const MOST_LEADING_BYTES = MAX_EVENT_BYTES

export interface TranslatedMeterOptions {
  translation: Translation
  /** Makes the caller's events of ours. */
  writer: EventWriter
  /** How many answers were asked for one by one; with more than one the bytes are branch frames. */
  branches: number
  /** Whole events for the caller, in its dialect. */
  outlet: Outlet
}

/** One of the vendor's streams. */
interface Branch {
  translator: StreamTranslator
  frames: Frames
  isDone: boolean
}

/**
 * Translates a vendor's stream while it passes: bytes are cut into the vendor's events, those become events of ours, and
 * those the caller's, one write for each piece that arrives. The figures are the translator's, never read from text.
 */
export class TranslatedMeter implements StreamMeter {
  readonly usageEvent = undefined
  model: string | undefined
  finishReason: string | null = null
  done = false
  error: unknown
  /** The status of a refusal that came in place of one of several answers. */
  errorStatus: number | undefined
  /** Set where the answer is there and cannot be used. */
  again: Round | undefined
  unmet: Unmet | undefined
  broken = false
  hasContent = false
  bytes = 0
  contentEventBytes = 0

  private readonly branches: Branch[]
  private readonly figures: BranchFigures
  private readonly writer: EventWriter
  private readonly tally = new TextTally()
  /** The first bytes, until they were an event: a vendor may answer with an error instead. */
  private leading: Uint8Array[] | undefined = []
  private leadingBytes = 0
  private written = ''
  private readonly options: TranslatedMeterOptions

  constructor(options: TranslatedMeterOptions) {
    this.options = options
    this.branches = Array.from({ length: options.branches }, (_, index) => this.branch(index))
    this.figures = new BranchFigures(options.branches)
    this.writer = options.writer
  }

  get usage(): Usage | undefined {
    return this.figures.usage
  }

  get rawUsage(): unknown {
    return this.figures.raw
  }

  get isUsageFinal(): boolean {
    return this.figures.isFinal
  }

  get known(): Usage | undefined {
    return this.figures.known
  }

  get unknownPrompts(): number {
    return this.figures.unknownPrompts
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
    try {
      if (this.branches.length === 1) this.feed(0, bytes)
      else this.takeFrame(bytes)
    } catch {
      // Translators never throw; should one do so after all, this stream is broken and no other.
      this.broken = true
    }
    this.flush()
  }

  end(): void {
    try {
      for (let index = 0; index < this.branches.length; index++) this.close(index)
      if (!this.ended && this.leading) this.takeWhole(this.leading)
    } catch {
      this.broken = true
    }
    this.flush()
  }

  texts(): string[] {
    const isCounted = (choice: number) => this.branches.length > 1 && this.figures.isCounted(choice)
    const held = this.branches.map(({ translator }, choice) =>
      isCounted(choice) ? '' : (translator.held ?? ''),
    )
    return [...this.tally.read(choice => !isCounted(choice)), ...held.filter(text => text !== '')]
  }

  /** JSON in the place of a stream: an answer of a vendor that streams nothing, or an error, whatever its status. */
  private takeWhole(pieces: readonly Uint8Array[]): void {
    const body = parseJson(Buffer.concat(pieces).toString('utf8')) ?? undefined
    if (body === undefined) return
    this.applyAll(0, this.options.translation.answer(body))
    this.again = this.options.translation.again?.(body)
    if (this.again || this.unmet) this.finish(0)
    else if (this.finishReason === null) this.error ??= body
    else if (this.error === undefined) this.finish(0)
  }

  private branch(index: number): Branch {
    const { translation } = this.options
    const take = (event: VendorEvent) => this.take(index, event)
    const frames = translation.frames?.(take) ?? new SseParser((name, data) => take({ name, data }))
    return { translator: translation.stream(), frames, isDone: false }
  }

  private takeFrame(frame: Uint8Array): void {
    const { branch, kind, status, bytes } = readBranchFrame(frame)
    if (kind === BRANCH_DATA) this.feed(branch, bytes)
    else if (kind === BRANCH_FAILED) {
      this.error = parseJson(Buffer.from(bytes).toString('utf8')) ?? {}
      this.errorStatus = status
    } else this.close(branch)
  }

  private feed(index: number, bytes: Uint8Array): void {
    if (this.leading) this.keepLeading(bytes)
    if (this.branches[index]?.frames.push(bytes) === false) this.broken = true
  }

  private close(index: number): void {
    const branch = this.branches[index]
    if (!branch || branch.isDone || this.ended) return
    branch.frames.end()
    if (branch.isDone || this.ended) return
    this.applyAll(index, branch.translator.end())
    this.takeAgain(index, branch)
  }

  private take(index: number, event: VendorEvent): void {
    this.leading = undefined
    const branch = this.branches[index]
    if (!branch || branch.isDone || this.ended) return
    this.applyAll(index, branch.translator.push(event))
    this.takeAgain(index, branch)
  }

  /** An answer that cannot be used is over all the same. */
  private takeAgain(index: number, { translator }: Branch): void {
    if (!translator.again) return
    this.again = translator.again
    this.finish(index)
  }

  private applyAll(index: number, events: readonly ChatEvent[]): void {
    for (const event of events) {
      if (this.ended || this.branches[index]?.isDone) return
      const own = this.branches.length > 1 && 'choice' in event ? { ...event, choice: index } : event
      this.apply(index, own)
    }
  }

  private apply(index: number, event: ChatEvent): void {
    const chunk = this.writer.write(event)
    if (chunk !== '') this.write(chunk, event)
    if (event.kind === 'start') this.model = event.model ?? this.model
    else if (event.kind === 'usage') this.figures.take(index, event)
    else if (event.kind === 'finish') this.finishReason = this.writer.reasonOf(event.choice, event.reason)
    else if (event.kind === 'error') this.error = event.body ?? {}
    else if (event.kind === 'done') this.finish(index)
    else if (event.kind === 'unmet') this.unmet = event
    else this.tally.add(event)
  }

  private finish(index: number): void {
    const branch = this.branches[index]
    if (branch) branch.isDone = true
    this.done = this.branches.every(({ isDone }) => isDone)
  }

  private write(chunk: string, event: ChatEvent): void {
    this.written += chunk
    if (this.hasContent || event.kind === 'finish') return
    this.hasContent = true
    this.contentEventBytes = chunk.length
  }

  private flush(): void {
    if (this.written === '') return
    const bytes = Buffer.from(this.written)
    this.written = ''
    this.bytes += bytes.length
    this.options.outlet.emit(bytes)
  }

  private keepLeading(bytes: Uint8Array): void {
    this.leadingBytes += bytes.length
    if (this.leadingBytes > MOST_LEADING_BYTES) this.leading = undefined
    else this.leading?.push(bytes)
  }
}
