import { parseObject } from '../lib/json'
import { isObject } from '../lib/object'
import { finishReasonOf } from '../vendors/anthropic/finish'
import { mergeUsage, readUsage } from '../vendors/anthropic/usage'
import { EventSplitter } from '../wire/event-splitter'
import { indexOf } from '../wire/member'
import { eventData, firstEventEnd } from '../wire/sse'
import type { Usage } from '../wire/usage'
import type { Outlet, StreamMeter } from './stream-meter'
import { type Pieces, VisibleText } from './visible-text'

/** In a text these bytes would be escaped: whatever holds one of them is looked at by itself. */
const NEEDLES = ['"message_start"', '"message_delta"', '"message_stop"', '"error"'].map(text =>
  Buffer.from(text),
)

type Raw = Record<string, unknown>

/**
 * Reads a stream of Anthropic's Messages while its bytes pass to a caller of the same dialect. The last two events,
 * `message_delta` with the bill and `message_stop`, are withheld: whoever settles the request writes them.
 */
export class MessagesMeter implements StreamMeter {
  usageEvent: Uint8Array | undefined
  model: string | undefined
  finishReason: string | null = null
  done = false
  error: unknown
  broken = false
  hasContent = false
  bytes = 0
  contentEventBytes = 0
  rawUsage: Raw | undefined
  /** The answer was counted: until then its figure is a placeholder. */
  isUsageFinal = false
  readonly lastChunk = undefined
  readonly unknownPrompts = 0

  private readonly text = new VisibleText(piecesOf)
  private readonly splitter = new EventSplitter(this)
  private readonly outlet: Outlet

  /** `outlet` gets whole events for the caller: the vendor's own bytes. */
  constructor(outlet: Outlet) {
    this.outlet = outlet
  }

  get usage(): Usage | undefined {
    return this.isUsageFinal ? readUsage(this.rawUsage) : undefined
  }

  /** The prompt's figures stand at the beginning of a stream. */
  get known(): Usage | undefined {
    const { rawUsage, isUsageFinal } = this
    if (isUsageFinal || !rawUsage) return undefined
    return readUsage({ ...rawUsage, output_tokens: 0, output_tokens_details: null })
  }

  get ended(): boolean {
    return this.done || this.broken || this.error !== undefined
  }

  get isComplete(): boolean {
    return this.done || this.finishReason !== null
  }

  push(chunk: Uint8Array): void {
    if (this.ended) return
    this.bytes += chunk.length
    if (!this.splitter.push(chunk)) this.broken = true
  }

  end(): void {
    const rest = this.ended ? undefined : this.splitter.flush()
    if (rest) this.takeEach(rest)
  }

  texts(): string[] {
    return this.text.read()
  }

  /** Whole events, from its splitter. */
  take(events: Uint8Array): void {
    if (this.ended) return
    if (this.hasContent && this.text.take(events)) this.outlet.emit(events)
    else if (this.hasContent && !NEEDLES.some(needle => indexOf(events, needle) !== -1)) {
      if (this.text.isLearning) this.text.learn(events, events)
      this.pass(events)
    } else this.takeEach(events)
  }

  private takeEach(events: Uint8Array): void {
    for (let at = 0; at < events.length && !this.ended; ) {
      const next = firstEventEnd(events, at)
      const end = next === -1 ? events.length : next
      const event = events.subarray(at, end)
      if (this.inspect(event)) this.pass(event)
      at = end
    }
  }

  private pass(events: Uint8Array): void {
    this.text.add(events)
    this.outlet.emit(events)
  }

  /** Whether the event is the caller's now. */
  private inspect(event: Uint8Array): boolean {
    const data = eventData(event)
    if (data === '') return this.hasContent
    const said = parseObject(data)
    if (!said) {
      this.broken = true
      return false
    }
    switch (said.type) {
      case 'message_start':
        this.start(said.message)
        return true
      case 'message_delta':
        return this.change(event, said)
      case 'message_stop':
        this.done = true
        return false
      case 'error':
        this.error = said
        return false
      default:
        this.note(said, event)
        return true
    }
  }

  private start(message: unknown): void {
    if (!isObject(message)) return
    if (typeof message.model === 'string' && message.model !== '') this.model = message.model
    this.rawUsage = mergeUsage(this.rawUsage, message.usage)
  }

  /** Only the last one is withheld: one that comes before it is the caller's. */
  private change(event: Uint8Array, { delta, usage }: Raw): false {
    if (this.usageEvent) this.outlet.emit(this.usageEvent)
    this.usageEvent = event
    this.rawUsage = mergeUsage(this.rawUsage, usage)
    this.isUsageFinal ||= isObject(usage) && typeof usage.output_tokens === 'number'
    if (isObject(delta)) this.finishReason = finishReasonOf(delta.stop_reason) ?? this.finishReason
    return false
  }

  private note(said: Raw, event: Uint8Array): void {
    if (this.hasContent || piecesOf(said).length === 0) return
    this.hasContent = true
    this.contentEventBytes = event.length
  }
}

/** What one event adds to which text: the call's name when its block begins, the rest piece by piece. */
const piecesOf: Pieces = ({ index, delta, content_block: block }) => {
  if (isObject(block) && block.type === 'tool_use') return [[`${index} name`, String(block.name ?? '')]]
  if (!isObject(delta)) return []
  const piece = delta.text ?? delta.thinking ?? delta.partial_json
  return typeof piece === 'string' && piece !== '' ? [[`${index} ${delta.type}`, piece]] : []
}
