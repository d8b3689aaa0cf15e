import { parseObject } from '../lib/json'
import { isObject } from '../lib/object'
import { findMember } from '../wire/member'
import { eventData, firstEventEnd } from '../wire/sse'
import { Likeness } from './likeness'

/** Above this much text a stream is not followed any further: no vendor's answer is so long. */
const MOST_CHARACTERS = 4 * 1024 * 1024
/** Events are read so many bytes at a time: a short answer's never, unless it is cut. */
const FOLD_BYTES = 32 * 1024
/** Text is kept as it was written, escapes and all, so many bytes at most before it is read. */
const MOST_WRITTEN_BYTES = 16 * 1024
const FIRST_WRITTEN_BYTES = 512
/** A stream whose events are all of another kind is no longer looked at for likeness. */
const MOST_TRIES = 8
/** A short answer is over before it is worth while to know what its events look like. */
const FIRST_TRY = 4
const QUOTE = 34

/** What one event adds to which text. */
export type Pieces = (event: Record<string, unknown>) => readonly [slot: string, piece: string][]

/** The members that hold a piece of text, in whatever dialect. */
const MEMBERS = [
  'content',
  'text',
  'arguments',
  'partial_json',
  'reasoning_content',
  'reasoning',
  'thinking',
  'refusal',
].map(name => Buffer.from(`"${name}"`))

/**
 * The text that a caller has been sent, for the case that it must be counted. Of an event that differs from others in its
 * text alone, that text is kept, unread. Other events are kept as they are, in the arrays in which they passed, and read
 * only when there are many of them.
 */
export class VisibleText {
  private readonly texts = new Map<string, string>()
  /** Events that are kept: those that came before the text that is written, and those that came behind it. */
  private readonly before: Uint8Array[] = []
  private readonly behind: Uint8Array[] = []
  private hasBehind = false
  private bytes = 0
  private characters = 0
  private likeness: Likeness | undefined
  /** Whose text is written. */
  private slot = ''
  private written: Buffer | undefined
  private writtenBytes = 0
  private added = 0
  private triesLeft = MOST_TRIES
  private readonly pieces: Pieces

  /** `pieces` finds the text in one event's data. */
  constructor(pieces: Pieces = piecesOfChunk) {
    this.pieces = pieces
  }

  /** Notes an event of a likeness that is known, and blanks in it what was blanked in the first; false for any other. */
  take(event: Uint8Array): boolean {
    const { likeness } = this
    if (!likeness?.matches(event)) return false
    likeness.blank(event)
    this.write(event, likeness.textStart, likeness.textEnd)
    return true
  }

  /** Whether it is worth while to `learn`. */
  get isLearning(): boolean {
    return this.triesLeft > 0 && this.added >= FIRST_TRY
  }

  /**
   * Learns what events of text look like from one that says nothing else: as the vendor sent it, and as its caller gets
   * it. It has yet to be added.
   */
  learn(event: Uint8Array, passed: Uint8Array): void {
    this.triesLeft--
    if (firstEventEnd(event) !== event.length) return
    const chunk = parseObject(eventData(event))
    const pieces = chunk && this.pieces(chunk)
    const only = pieces?.length === 1 ? pieces[0] : undefined
    if (!only) return
    const [slot, piece] = only
    for (const member of MEMBERS) {
      const value = findMember(event, member, 0)?.end ?? -1
      if (event[value] !== QUOTE) continue
      const likeness = Likeness.of(event, value + 1, passed)
      if (!likeness?.matches(event)) continue
      if (unescaped(event, likeness.textStart, likeness.textEnd) !== piece) continue
      // What is written is of the likeness before.
      if (this.writtenBytes > 0) this.fold()
      this.likeness = likeness
      this.slot = slot
      return
    }
  }

  /** Whole events. */
  add(events: Uint8Array): void {
    if (this.characters >= MOST_CHARACTERS) return
    this.added++
    if (this.writtenBytes === 0) this.before.push(events)
    else {
      this.behind.push(events)
      this.hasBehind = true
    }
    this.bytes += events.length
    if (this.bytes >= FOLD_BYTES) this.fold()
  }

  /** One text a choice, kind and tool call, each whole: a token may reach over two deltas. */
  read(): string[] {
    this.fold()
    return [...this.texts.values()]
  }

  /** The choices that have said anything, by their index as text. */
  choices(): Set<string> {
    this.fold()
    return new Set([...this.texts.keys()].map(slot => slot.slice(0, slot.indexOf(' '))))
  }

  private write(event: Uint8Array, start: number, end: number): void {
    if (this.characters >= MOST_CHARACTERS) return
    const bytes = end - start
    if (this.hasBehind || this.writtenBytes + bytes > MOST_WRITTEN_BYTES) this.fold()
    if (bytes > MOST_WRITTEN_BYTES) {
      this.append(this.slot, unescaped(event, start, end))
      return
    }
    const room = this.roomFor(this.writtenBytes + bytes)
    Buffer.prototype.copy.call(event, room, this.writtenBytes, start, end)
    this.writtenBytes += bytes
  }

  private roomFor(bytes: number): Buffer {
    const { written } = this
    if (written && written.length >= bytes) return written
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_WRITTEN_BYTES, 2 ** Math.ceil(Math.log2(bytes))))
    written?.copy(larger, 0, 0, this.writtenBytes)
    this.written = larger
    return larger
  }

  /** Reads what is kept, in the order in which it came. */
  private fold(): void {
    this.readAll(this.before)
    if (this.written && this.writtenBytes > 0)
      this.append(this.slot, unescaped(this.written, 0, this.writtenBytes))
    this.writtenBytes = 0
    this.readAll(this.behind)
    this.hasBehind = false
    this.bytes = 0
  }

  private readAll(kept: Uint8Array[]): void {
    for (const events of kept.splice(0))
      for (const chunk of chunksOf(events))
        for (const [slot, piece] of this.pieces(chunk)) this.append(slot, piece)
  }

  private append(slot: string, piece: string): void {
    this.texts.set(slot, (this.texts.get(slot) ?? '') + piece)
    this.characters += piece.length
  }
}

function piecesOfChunk(chunk: Record<string, unknown>): [slot: string, piece: string][] {
  return asList(chunk.choices).flatMap(piecesOf)
}

/** What one choice of a chunk adds to which text. */
function piecesOf(choice: unknown): [slot: string, piece: string][] {
  if (!isObject(choice)) return []
  const { index = 0, delta } = choice
  if (!isObject(delta)) return choice.text ? [[`${index} text`, text(choice.text)]] : []
  const told: [string, string][] = [
    // Some vendors say their reasoning under both names.
    [`${index} reasoning`, text(delta.reasoning_content) || text(delta.reasoning)],
    [`${index} content`, text(delta.content)],
    [`${index} refusal`, text(delta.refusal)],
  ]
  const called = asList(delta.tool_calls).flatMap((call): [string, string][] => {
    if (!isObject(call) || !isObject(call.function)) return []
    return [
      [`${index} name ${call.index}`, text(call.function.name)],
      [`${index} arguments ${call.index}`, text(call.function.arguments)],
    ]
  })
  return [...told, ...called].filter(([, piece]) => piece !== '')
}

function* chunksOf(events: Uint8Array): Generator<Record<string, unknown>> {
  for (let at = 0; at < events.length; ) {
    const end = firstEventEnd(events, at)
    const chunk = parseObject(eventData(events.subarray(at, end === -1 ? events.length : end)))
    if (chunk) yield chunk
    at = end === -1 ? events.length : end
  }
}

/** What stands between the quotes of a JSON string, or of several one after the other. */
function unescaped(bytes: Uint8Array, start: number, end: number): string {
  const text = Buffer.prototype.utf8Slice.call(bytes, start, end)
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return text
  }
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
