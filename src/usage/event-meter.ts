import { parseObject } from '../lib/json'
import { EventSplitter } from '../wire/event-splitter'
import { indexOf } from '../wire/member'
import { eventData, eventName, firstEventEnd } from '../wire/sse'
import type { Usage } from '../wire/usage'
import type { Outlet, StreamMeter } from './stream-meter'
import { sumOfUsage } from './sum-of-usage'

const USAGE = Buffer.from('"usage"')
const ERROR = Buffer.from('"error"')
const DONE = Buffer.from('[DONE]')
/** What is kept of an answer: its text, for the case that it must be counted, or all of it. No transcript is longer. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024

export interface EventMeterOptions {
  /** The types of the events that end an answer; each carries usage. */
  last: readonly string[]
  /** How many of these there are. */
  answers?: number
  /** The largest event: a picture is one. */
  maxEventBytes?: number
  readUsage: (value: unknown) => Usage | undefined
  /** Whole events for the caller: the vendor's own bytes, in the vendor's own array. */
  outlet: Outlet
  /** A whole answer of a vendor that does not stream, as the data of events; undefined for what is none. */
  fromWhole?: (bytes: Uint8Array) => string[] | undefined
  /** The text in an event's data, should it have to be counted. */
  textOf?: (data: Record<string, unknown>) => string
}

/**
 * Reads a stream of typed events (speech, transcripts, pictures) while its bytes pass. Only what may be an end, an error
 * or usage is parsed. The last event and [DONE] are withheld: whoever settles the request writes them.
 */
export class EventMeter implements StreamMeter {
  usage: Usage | undefined
  rawUsage: unknown
  usageEvent: Uint8Array | undefined
  readonly model = undefined
  readonly finishReason = null
  readonly lastChunk = undefined
  done = false
  isComplete = false
  error: unknown
  broken = false
  hasContent = false
  isUsageFinal = false
  bytes = 0
  contentEventBytes = 0
  private answersLeft: number
  /** Of a vendor that does not stream: its answer so far. */
  private whole: Uint8Array[] | undefined
  private kept: Uint8Array[] = []
  private keptBytes = 0
  private readonly needles: readonly Buffer[]
  private readonly splitter: EventSplitter
  private readonly options: EventMeterOptions

  constructor(options: EventMeterOptions) {
    this.options = options
    this.answersLeft = options.answers ?? 1
    this.needles = [USAGE, ERROR, DONE, ...options.last.map(type => Buffer.from(`"${type}"`))]
    this.splitter = new EventSplitter(this, options.maxEventBytes)
  }

  get ended(): boolean {
    return this.done || this.broken || this.error !== undefined
  }

  /** Whether an answer of this type can be read: one that is no stream is made one, where that is known how. */
  takes(contentType: string): boolean {
    if (contentType.includes('text/event-stream')) return true
    if (!this.options.fromWhole || !contentType.includes('json')) return false
    this.whole = []
    return true
  }

  push(chunk: Uint8Array): void {
    if (this.ended) return
    this.bytes += chunk.length
    // What it hands on may show that the stream is broken, too.
    if (!this.whole) this.broken = !this.splitter.push(chunk) || this.broken
    else if (this.bytes <= MOST_KEPT_BYTES) this.whole.push(chunk)
    else this.broken = true
  }

  end(): void {
    if (this.ended) return
    if (this.whole) {
      const told = this.options.fromWhole?.(Buffer.concat(this.whole))
      for (const data of told ?? []) this.take(Buffer.from(`data: ${data}\n\n`))
      return
    }
    const rest = this.splitter.flush()
    if (rest) this.takeEach(rest)
  }

  texts(): string[] {
    const { textOf } = this.options
    if (!textOf) return []
    const pieces = this.kept.flatMap(events => [...dataOf(events)].map(data => (data ? textOf(data) : '')))
    return [pieces.join('')]
  }

  /** Whole events, from its splitter. */
  take(events: Uint8Array): void {
    if (this.ended) return
    const isPlain = this.hasContent && !this.needles.some(needle => indexOf(events, needle) !== -1)
    if (isPlain) this.pass(events)
    else this.takeEach(events)
  }

  private takeEach(events: Uint8Array): void {
    for (let at = 0; at < events.length && !this.ended; ) {
      const next = firstEventEnd(events, at)
      const end = next === -1 ? events.length : next
      this.inspect(at === 0 && end === events.length ? events : events.subarray(at, end))
      at = end
    }
  }

  private inspect(event: Uint8Array): void {
    const data = eventData(event)
    if (data === '') {
      if (this.hasContent) this.pass(event)
      return
    }
    if (data.trim() === '[DONE]') {
      this.done = true
      this.isComplete ||= this.hasContent
      return
    }
    const body = parseObject(data)
    if (!body) this.broken = true
    else if (eventName(event) === 'error' || body.error || body.type === 'error')
      this.error = body.error ?? body
    else this.read(event, body)
  }

  private read(event: Uint8Array, body: Record<string, unknown>): void {
    if (!this.hasContent) {
      this.hasContent = true
      this.contentEventBytes = event.length
    }
    const isLast = this.options.last.includes(String(body.type))
    if (body.usage) this.takeUsage(body.usage, isLast)
    if (isLast) this.answersLeft--
    if (this.answersLeft > 0) {
      this.pass(event)
      return
    }
    this.usageEvent = event
    this.isComplete = true
    this.done = true
  }

  /** Each answer of several has its own figures; together they are what was used. */
  private takeUsage(told: unknown, isFinal: boolean): void {
    const usage = this.options.readUsage(told)
    const before = this.isUsageFinal ? this.usage : undefined
    this.rawUsage = told
    this.isUsageFinal = isFinal && usage !== undefined
    this.usage = usage && before ? sumOfUsage([before, usage]) : usage
  }

  private pass(events: Uint8Array): void {
    if (this.options.textOf && this.keptBytes < MOST_KEPT_BYTES) {
      this.kept.push(events)
      this.keptBytes += events.length
    }
    this.options.outlet.emit(events)
  }
}

function* dataOf(events: Uint8Array): Generator<Record<string, unknown> | undefined> {
  for (let at = 0; at < events.length; ) {
    const next = firstEventEnd(events, at)
    const end = next === -1 ? events.length : next
    yield parseObject(eventData(events.subarray(at, end)))
    at = end
  }
}
