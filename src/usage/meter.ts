import { parseObject } from '../lib/json'
import type { Adapter } from '../vendors/adapter'
import {
  type ChatChunk,
  finishedIn,
  finishReasonOf,
  hasChoices,
  hasContent,
  usageOfChoice,
} from '../wire/chat-chunk'
import { EventSplitter } from '../wire/event-splitter'
import type { Span } from '../wire/json-reader'
import {
  blankMember,
  findMember,
  firstChoiceMember,
  indexOf,
  isNull,
  nullValue,
  outermostMember,
  valueEnd,
} from '../wire/member'
import { eventData, eventName, firstEventEnd } from '../wire/sse'
import type { Usage } from '../wire/usage'
import { RunningUsage } from './running-usage'
import type { Outlet, StreamMeter } from './stream-meter'
import { VisibleText } from './visible-text'

const USAGE = Buffer.from('"usage"')
const ERROR = Buffer.from('"error"')
const FINISH = [Buffer.from('"finish_reason":"'), Buffer.from('"finish_reason": "')] as const
const DONE = Buffer.from('[DONE]')
const NAMED_ERROR = [Buffer.from('event: error'), Buffer.from('event:error')] as const
const SPACED = Buffer.from('"choices": ')

/** What the meter does with one event: hand it on, or keep it from the caller. */
type Verdict = 'pass' | 'withhold'

export interface MeterOptions {
  /** The caller asked for usage, so `"usage":null` may stand on every chunk. */
  keepUsage: boolean
  readUsage: Adapter['usage']
  /** How many were asked for. */
  answers?: number
  /** Whole events for the caller: the vendor's own bytes, in the vendor's own array. */
  outlet: Outlet
}

/**
 * Reads a conforming chat stream while its bytes pass: what was used, which model, how it ended.
 *
 * 1. Bytes are cut where events end (EventSplitter).
 * 2. Until the first content each event is parsed: there may be an error instead of it.
 * 3. After that no event is parsed unless it holds one of four needles (usage, finish, error, [DONE]) or was never ended.
 *    Figures of a vendor that tells them with each chunk are set aside as they are, and read when they are asked for.
 * 4. What differs from an event before it in its text alone holds none of them.
 * 5. The usage event and [DONE] are withheld: whoever settles the request writes them, last.
 */
export class Meter implements StreamMeter {
  /** The withheld usage event, as the vendor sent it. */
  usageEvent: Uint8Array | undefined
  model: string | undefined
  finishReason: string | null = null
  /** `data: [DONE]` was seen: nothing after it counts. */
  done = false
  /** A vendor's error event: nothing after it counts. */
  error: unknown
  /** An event was too large, or held no JSON. */
  broken = false
  hasContent = false
  bytes = 0
  /** Size of the first event with content: what a token takes on the wire. */
  contentEventBytes = 0
  /** The last parsed chunk that had choices: a usage chunk can be made in its likeness. */
  lastChunk: ChatChunk | undefined

  private readonly finished = new Set<string>()
  private figures: Usage | undefined
  private told: unknown
  private isFinal = false
  /** Of a vendor that tells its figures with each chunk. */
  private running: RunningUsage | undefined
  private finishNeedle: Buffer = FINISH[0]
  private readonly text = new VisibleText()
  private readonly splitter: EventSplitter
  private readonly outlet: Outlet
  private readonly options: MeterOptions

  constructor(options: MeterOptions) {
    this.options = options
    this.outlet = options.outlet
    this.splitter = new EventSplitter(this)
  }

  get usage(): Usage | undefined {
    this.catchUp()
    return this.figures
  }

  /** What those figures were read from; without them, what the vendor said that could not be. */
  get rawUsage(): unknown {
    this.catchUp()
    return this.told
  }

  /** The figures are the vendor's last word, not a count on the way. */
  get isUsageFinal(): boolean {
    this.catchUp()
    return this.isFinal
  }

  /** Nothing that follows can change what is known. */
  get ended(): boolean {
    return this.done || this.broken || this.error !== undefined
  }

  /** Finish reasons are an end, `[DONE]` or not: some vendors forget it. Of several answers each needs one. */
  get isComplete(): boolean {
    if (this.done || this.finishReason === null) return this.done
    const { answers = 1 } = this.options
    return answers === 1 || this.text.choices().isSubsetOf(this.finished)
  }

  texts(): string[] {
    return this.text.read()
  }

  push(chunk: Uint8Array): void {
    if (this.ended) return
    this.bytes += chunk.length
    if (!this.splitter.push(chunk)) this.broken = true
  }

  /** The vendor closed the connection: an event without its blank line still counts. */
  end(): void {
    const rest = this.ended ? undefined : this.splitter.flush()
    if (!rest) return
    this.scan(rest)
    // It may be half an event, which no caller could read.
    this.takeEach(rest)
  }

  /** Whole events, from its splitter. */
  take(events: Uint8Array): void {
    if (this.ended) return
    // Chunks with figures are alike once those are taken out of them.
    const isRunning = this.running !== undefined
    if (this.hasContent && !isRunning && this.text.take(events)) {
      this.outlet.emit(events)
      return
    }
    const isLearning = this.hasContent && this.text.isLearning
    const sent = isLearning && !isRunning ? Buffer.from(events) : events
    if (this.scan(events) || !this.hasContent) {
      this.takeEach(events)
      return
    }
    if (isRunning && this.text.take(events)) {
      this.outlet.emit(events)
      return
    }
    if (isLearning) this.text.learn(sent, events)
    this.emit(events)
  }

  private emit(events: Uint8Array): void {
    this.text.add(events)
    this.outlet.emit(events)
  }

  private takeEach(events: Uint8Array): void {
    let runStart = 0
    let at = 0
    const emitRun = (end: number) => {
      if (end > runStart)
        this.emit(runStart === 0 && end === events.length ? events : events.subarray(runStart, end))
    }
    while (at < events.length && !this.ended) {
      const next = firstEventEnd(events, at)
      const end = next === -1 ? events.length : next
      if (this.inspect(events.subarray(at, end)) === 'withhold') {
        emitRun(at)
        runStart = end
      }
      at = end
    }
    emitRun(at)
  }

  /** Blanks what the caller did not ask for; true if an event must be looked at by itself. */
  private scan(events: Uint8Array): boolean {
    // `"error":null` in a chunk is an error to two of the common clients.
    for (let found = findMember(events, ERROR, 0); found; found = findMember(events, ERROR, found.end)) {
      if (isNull(events, found.end)) blankMember(events, found.start, found.end + 4)
    }
    let special = [ERROR, this.finishNeedle, DONE, ...NAMED_ERROR].some(needle => holds(events, needle))
    for (let found = findMember(events, USAGE, 0); found; found = findMember(events, USAGE, found.end)) {
      if (!isNull(events, found.end)) special = special || !this.setAside(events, found)
      else if (!this.options.keepUsage) blankMember(events, found.start, found.end + 4)
    }
    return special
  }

  /** Takes figures that an ordinary chunk carries out of it without reading the chunk; false if it must be read. */
  private setAside(events: Uint8Array, found: Span): boolean {
    if (!this.hasContent || this.finishReason !== null) return false
    const running = this.running ?? new RunningUsage()
    const end = running.take(events, found)
    if (end === undefined) return false
    this.running = running
    this.usageEvent = undefined
    this.erase(events, found, end, this.options.keepUsage)
    return true
  }

  private inspect(event: Uint8Array): Verdict {
    const data = eventData(event)
    if (eventName(event) === 'error') {
      const body = parseObject(data)
      this.error = body?.error ?? body ?? data
      return 'withhold'
    }
    if (data === '') return this.hasContent ? 'pass' : 'withhold'
    if (data.trim() === '[DONE]') {
      this.done = true
      return 'withhold'
    }
    const chunk = parseObject(data)
    if (!chunk) {
      this.broken = true
      return 'withhold'
    }
    if (chunk.error || chunk.object === 'error') {
      this.error = chunk.error ?? chunk
      return 'withhold'
    }
    return this.read(event, chunk)
  }

  private read(event: Uint8Array, chunk: ChatChunk): Verdict {
    if (typeof chunk.model === 'string' && chunk.model !== '') this.model = chunk.model
    this.finishReason = finishReasonOf(chunk) ?? this.finishReason
    for (const index of finishedIn(chunk)) this.finished.add(index)
    if (!this.hasContent && hasContent(chunk)) {
      this.hasContent = true
      this.contentEventBytes = event.length
      if (indexOf(event, SPACED) !== -1) this.finishNeedle = FINISH[1]
    }
    if (hasChoices(chunk)) this.lastChunk = chunk
    const beside = usageOfChoice(chunk)
    if (!chunk.usage && !beside) return 'pass'
    this.takeUsage(chunk.usage || beside, event, chunk)
    if (!hasChoices(chunk)) return 'withhold'
    if (beside) this.remove(event, firstChoiceMember(event, USAGE), false)
    if (chunk.usage) this.remove(event, outermostMember(event, USAGE), this.options.keepUsage)
    return 'pass'
  }

  /**
   * The last figures count: they are sums, and a vendor may revise them. Figures that cannot be are never taken over; as
   * the last word they also take away what was said on the way, which is less than the whole.
   */
  private takeUsage(told: unknown, event: Uint8Array, chunk: ChatChunk): void {
    this.catchUp()
    const usage = this.options.readUsage(told)
    if (!usage && this.isFinal) return
    this.figures = usage
    this.told = told
    this.usageEvent = usage && !hasChoices(chunk) ? event : undefined
    this.isFinal = usage !== undefined && (this.finishReason !== null || !hasChoices(chunk))
  }

  /** Reads what was set aside, if anything was since. */
  private catchUp(): void {
    const told = this.running?.read()
    if (told === undefined) return
    const usage = this.options.readUsage(told)
    if (!usage && this.isFinal) return
    this.figures = usage
    this.told = told
    this.isFinal = false
  }

  /** Usage on a chunk with choices is taken out: the caller gets one usage chunk, the last, with none. */
  private remove(event: Uint8Array, member: Span | undefined, asNull: boolean): void {
    if (member) this.erase(event, member, valueEnd(event, member.end), asNull)
  }

  private erase(event: Uint8Array, member: Span, end: number, asNull: boolean): void {
    if (asNull && end - member.end >= 'null'.length) nullValue(event, member.end, end)
    else blankMember(event, member.start, end)
  }
}

function holds(bytes: Uint8Array, needle: Buffer): boolean {
  return indexOf(bytes, needle) !== -1
}
