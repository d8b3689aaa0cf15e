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
  /** What stands before the text, behind it, and perhaps behind a padding. */
  private readonly parts: readonly Buffer[]
  /** Blanked in each, counted from the text's end. */
  private readonly blankFrom: number
  private readonly blankTo: number

  private constructor(parts: readonly Buffer[], blankFrom: number, blankTo: number) {
    this.parts = parts
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
    const parts = [Buffer.from(event.subarray(0, textStart))]
    let at = textEnd
    const padding = indexOf(event, PADDING, textEnd)
    if (padding !== -1) {
      const start = padding + PADDING.length
      parts.push(Buffer.from(event.subarray(textEnd, start)))
      at = endOfString(event, start)
      if (at === -1) return undefined
    }
    parts.push(Buffer.from(event.subarray(at)))
    const from = event.findIndex((byte, index) => byte !== passed[index])
    const to = event.findLastIndex((byte, index) => byte !== passed[index]) + 1
    if (from === -1) return new Likeness(parts, 0, 0)
    const isBehind = from >= textEnd && to <= textEnd + (parts[1] as Buffer).length
    const isBlank = passed.subarray(from, to).every(byte => byte === SPACE)
    return isBehind && isBlank ? new Likeness(parts, from - textEnd, to - textEnd) : undefined
  }

  /** Whether the bytes are one event of this likeness; its text is then between `textStart` and `textEnd`. */
  matches(event: Uint8Array): boolean {
    let at = 0
    for (let index = 0; index < this.parts.length; index++) {
      const part = this.parts[index] as Buffer
      if (index > 0) {
        const end = endOfString(event, at)
        if (end === -1) return false
        if (index === 1) {
          this.textStart = at
          this.textEnd = end
        }
        at = end
      }
      const next = at + part.length
      if (next > event.length || Buffer.prototype.compare.call(event, part, 0, part.length, at, next) !== 0)
        return false
      at = next
    }
    return at === event.length
  }

  /** Does to the event that matched last what was done to the first. */
  blank(event: Uint8Array): void {
    if (this.blankTo > 0) event.fill(SPACE, this.textEnd + this.blankFrom, this.textEnd + this.blankTo)
  }
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
