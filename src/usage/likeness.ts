import { indexOf } from '../wire/member'

const QUOTE = 34
const BACKSLASH = 92
const SPACE = 32
/** Below it a character of a JSON string would be escaped. */
const FIRST_PLAIN = 32
/** Some vendors add as many letters as make the lengths of tokens hard to guess. */
const PADDING = Buffer.from('"obfuscation":"')

/**
 * One event of a stream in which nearly all events differ in one string alone: the next piece of the text. What another
 * event of its likeness says besides, this one has said, so that it need not be looked for.
 */
export class Likeness {
  /** Where the text stands in the event that matched last, without its quotes. */
  textStart = 0
  textEnd = 0
  /**
   * What stands before the text, behind it, and perhaps behind a padding, one after the other: between two events of a
   * stream so many others pass that each further piece of memory would have to be fetched anew.
   */
  private readonly fixed: Uint8Array
  /** Where the first two parts end. */
  private readonly headEnd: number
  private readonly tailEnd: number
  /** Blanked in each, counted from the text's end. */
  private readonly blankFrom: number
  private readonly blankTo: number

  private constructor(parts: readonly Uint8Array[], blankFrom: number, blankTo: number) {
    const [head, tail] = parts as [Uint8Array, Uint8Array]
    this.fixed = Buffer.concat(parts)
    this.headEnd = head.length
    this.tailEnd = head.length + tail.length
    this.blankFrom = blankFrom
    this.blankTo = blankTo
  }

  /**
   * The likeness of an event as the vendor sent it, whose text begins at `textStart`; `passed` is what a caller got of it,
   * the same but for one blank behind the text. Undefined if it differs elsewhere.
   */
  static of(event: Uint8Array, textStart: number, passed: Uint8Array): Likeness | undefined {
    const textEnd = endOfString(event, textStart)
    if (textEnd === -1) return undefined
    const parts = [event.subarray(0, textStart)]
    let at = textEnd
    const padding = indexOf(event, PADDING, textEnd)
    if (padding !== -1) {
      const start = padding + PADDING.length
      parts.push(event.subarray(textEnd, start))
      at = endOfString(event, start)
      if (at === -1) return undefined
    }
    parts.push(event.subarray(at))
    const from = event.findIndex((byte, index) => byte !== passed[index])
    const to = event.findLastIndex((byte, index) => byte !== passed[index]) + 1
    if (from === -1) return new Likeness(parts, 0, 0)
    const isBehind = from >= textEnd && to <= textEnd + (parts[1] as Uint8Array).length
    const isBlank = passed.subarray(from, to).every(byte => byte === SPACE)
    return isBehind && isBlank ? new Likeness(parts, from - textEnd, to - textEnd) : undefined
  }

  /** Whether the bytes are one event of this likeness; its text is then between `textStart` and `textEnd`. */
  matches(event: Uint8Array): boolean {
    const { fixed, headEnd, tailEnd } = this
    if (!holds(event, 0, fixed, 0, headEnd)) return false
    const textEnd = endOfString(event, headEnd)
    if (textEnd === -1 || !holds(event, textEnd, fixed, headEnd, tailEnd)) return false
    this.textStart = headEnd
    this.textEnd = textEnd
    const end = textEnd + tailEnd - headEnd
    if (tailEnd === fixed.length) return end === event.length
    const paddingEnd = endOfString(event, end)
    const rest = fixed.length - tailEnd
    return (
      paddingEnd !== -1 &&
      paddingEnd + rest === event.length &&
      holds(event, paddingEnd, fixed, tailEnd, fixed.length)
    )
  }

  /** Does to the event that matched last what was done to the first. */
  blank(event: Uint8Array): void {
    if (this.blankTo > 0) event.fill(SPACE, this.textEnd + this.blankFrom, this.textEnd + this.blankTo)
  }
}

/** Whether these bytes stand there. */
function holds(event: Uint8Array, at: number, bytes: Uint8Array, from: number, to: number): boolean {
  const end = at + to - from
  return end <= event.length && Buffer.prototype.compare.call(event, bytes, from, to, at, end) === 0
}

/** Where the quote stands that ends the JSON string whose first character is at `from`; -1 if it is none. */
function endOfString(bytes: Uint8Array, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at++
    else if (byte < FIRST_PLAIN) return -1
  }
  return -1
}
