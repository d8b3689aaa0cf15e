import { GatewayError } from '../errors'

/** A stretch of the body: `start` inclusive, `end` exclusive. */
export interface Span {
  start: number
  end: number
}

const QUOTE = 34
const BACKSLASH = 92
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
const COMMA = 44
const COLON = 58
const ZERO = 48
const LOWER_F = 102
const LOWER_T = 116
const MAX_DEPTH = 128
/** Up to here a string is walked byte by byte; longer ones are searched natively. */
const SHORT_STRING = 24
/** Behind an escaped quote others are near: so far they are looked for byte by byte. */
const NEAR_QUOTE = 64

/** Keys that are no longer are remembered, each in the slot that its length and ends say: comparing is cheaper than decoding. */
const SHORT_KEY = 32
const met: (string | undefined)[] = Array.from({ length: 1024 })
/** Values that are no longer are read here; a call into the decoder costs more than they do. */
const SHORT_VALUE = 64
/** So many digits are always exact. */
const EXACT_DIGITS = 15

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const LITERALS = ['true', 'false', 'null']

export type JsonKind = 'object' | 'array' | 'string' | 'other'

/**
 * Walks JSON bytes once, without making values of them: structure is checked (nesting up to 128),
 * the insides of strings are left to whoever decodes them. The bytes must be valid UTF-8.
 * Throws GatewayError `invalid_json` or `nesting_too_deep`.
 */
export class JsonReader {
  position = 0
  private depth = 0

  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** Reads an object; `member` must consume each value with `skip`, `object` or `array`. */
  object(member: (key: string) => void): void {
    this.enter(OPEN_BRACE)
    for (let more = this.peek() !== CLOSE_BRACE; more; more = this.continues(CLOSE_BRACE)) {
      const key = this.key()
      this.expect(COLON)
      this.peek()
      member(key)
    }
    this.leave()
  }

  /** Reads an array; `element` must consume each value. Returns how many there were. */
  array(element: () => void): number {
    let count = 0
    this.enter(OPEN_BRACKET)
    for (let more = this.peek() !== CLOSE_BRACKET; more; more = this.continues(CLOSE_BRACKET)) {
      // A comma with nothing behind it is no element of a wrong type.
      if (this.peek() === CLOSE_BRACKET) this.fail()
      element()
      count++
    }
    this.leave()
    return count
  }

  /** Passes over one value of any kind and says where it stood. */
  skip(): Span {
    this.peek()
    const start = this.position
    const kind = this.kind()
    if (kind === 'string') this.skipString()
    else if (kind === 'object') this.skipObject()
    else if (kind === 'array') this.skipArray()
    else this.skipScalar()
    return { start, end: this.position }
  }

  /** What the next value is, by its first byte. */
  kind(): JsonKind {
    const byte = this.peek()
    if (byte === QUOTE) return 'string'
    if (byte === OPEN_BRACE) return 'object'
    return byte === OPEN_BRACKET ? 'array' : 'other'
  }

  /** Asserts that nothing but white space follows. */
  finish(): void {
    if (this.peek() !== -1) this.fail()
  }

  /** The value of a span that `skip` gave, decoded. Throws `invalid_json` for what only a decoder can see, such as a bad escape. */
  value(span: Span): unknown {
    const simple = this.simpleValue(span)
    if (simple !== undefined) return simple
    try {
      return JSON.parse(this.text(span.start, span.end))
    } catch {
      return this.fail()
    }
  }

  /** A literal, a count, or a short string without escapes; undefined for anything else. */
  private simpleValue({ start, end }: Span): boolean | number | string | undefined {
    const { bytes } = this
    const first = bytes[start]
    if (first === LOWER_T) return true
    if (first === LOWER_F) return false
    if (end - start > SHORT_VALUE) return undefined
    if (first !== QUOTE) return countAt(bytes, start, end)
    for (let at = start + 1; at < end - 1; at++) {
      const byte = bytes[at] ?? 0
      if (byte === BACKSLASH || byte < 32) return undefined
    }
    return this.text(start + 1, end - 1)
  }

  private key(): string {
    if (this.peek() !== QUOTE) this.fail()
    const start = this.position
    this.skipString()
    const { bytes, position: end } = this
    const length = end - start - 2
    const slot = slotOf(length, bytes[start + 1] ?? 0, bytes[end - 2] ?? 0)
    const known = met[slot]
    if (known !== undefined && known.length === length && isTextAt(bytes, start + 1, known)) return known
    const raw = this.text(start + 1, end - 1)
    // An escaped key is the key that it spells: two spellings must not get past the duplicate check.
    if (raw.includes('\\')) return String(this.value({ start, end }))
    if (raw.length === length && length <= SHORT_KEY) met[slot] = raw
    return raw
  }

  private text(start: number, end: number): string {
    return Buffer.prototype.utf8Slice.call(this.bytes, start, end)
  }

  /** Nobody asks for these keys, so none is decoded: a body can hold millions. */
  private skipObject(): void {
    this.enter(OPEN_BRACE)
    for (let more = this.peek() !== CLOSE_BRACE; more; more = this.continues(CLOSE_BRACE)) {
      if (this.peek() !== QUOTE) this.fail()
      this.skipString()
      this.expect(COLON)
      this.skip()
    }
    this.leave()
  }

  private skipArray(): void {
    this.enter(OPEN_BRACKET)
    for (let more = this.peek() !== CLOSE_BRACKET; more; more = this.continues(CLOSE_BRACKET)) this.skip()
    this.leave()
  }

  private skipString(): void {
    const { bytes } = this
    let at = this.position + 1
    for (const stop = at + SHORT_STRING; at < stop; at++) {
      const byte = bytes[at]
      if (byte === QUOTE) {
        this.position = at + 1
        return
      }
      if (byte === BACKSLASH) at++
      else if (byte === undefined || byte < 32) this.fail()
    }
    this.position = this.endOfLongString(at) + 1
  }

  private endOfLongString(from: number): number {
    for (let at = from; ; ) {
      const quote = this.bytes.indexOf(QUOTE, at)
      if (quote === -1) this.fail()
      let slash = quote
      while (slash > at && this.bytes[slash - 1] === BACKSLASH) slash--
      if ((quote - slash) % 2 === 0) return quote
      at = walkOn(this.bytes, quote + 1)
      if (this.bytes[at] === QUOTE) return at
    }
  }

  private skipScalar(): void {
    const { bytes, position: start } = this
    let at = start
    while (isDigit(bytes[at])) at++
    // Nearly every scalar is a count or `null`: neither is worth a string.
    const isCount = at > start && (bytes[start] !== ZERO || at === start + 1) && !isScalarByte(bytes[at])
    if (isCount) this.position = at
    else if (isTextAt(bytes, start, 'null') && !isScalarByte(bytes[start + 4])) this.position = start + 4
    else this.skipWord()
  }

  private skipWord(): void {
    let at = this.position
    for (let byte = this.bytes[at]; isScalarByte(byte); byte = this.bytes[++at]);
    const text = this.text(this.position, at)
    if (!LITERALS.includes(text) && !NUMBER.test(text)) this.fail()
    this.position = at
  }

  /** The next byte that is no white space, not consumed; -1 at the end. */
  private peek(): number {
    for (;;) {
      const byte = this.bytes[this.position]
      if (byte === undefined) return -1
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return byte
      this.position++
    }
  }

  private expect(byte: number): void {
    if (this.peek() !== byte) this.fail()
    this.position++
  }

  /** After a member or an element: whether a comma announces another one. */
  private continues(close: number): boolean {
    if (this.peek() === close) return false
    this.expect(COMMA)
    return true
  }

  private enter(byte: number): void {
    this.expect(byte)
    if (++this.depth > MAX_DEPTH)
      throw new GatewayError('nesting_too_deep', `The JSON body is nested deeper than ${MAX_DEPTH} levels.`)
  }

  private leave(): void {
    this.position++
    this.depth--
  }

  private fail(): never {
    throw new GatewayError('invalid_json', `The body is not valid JSON (at byte ${this.position}).`)
  }
}

/** From within a string to its end, if that is near, or to a place from which it can be searched for: never inside an escape. */
function walkOn(bytes: Uint8Array, from: number): number {
  let at = from
  for (const stop = from + NEAR_QUOTE; at < stop && bytes[at] !== QUOTE; )
    at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}

function slotOf(length: number, first: number, last: number): number {
  return (length * 61 + first * 13 + last) % met.length
}

/** Whether these characters, which are ASCII, stand here. */
function isTextAt(bytes: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (bytes[at + index] !== text.charCodeAt(index)) return false
  return true
}

/** The number that these bytes are, where they are digits alone and few. */
function countAt(bytes: Uint8Array, start: number, end: number): number | undefined {
  if (end - start > EXACT_DIGITS) return undefined
  let count = 0
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return undefined
    count = count * 10 + digit
  }
  return count
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9
}

/** Digits, letters, and the signs of numbers: whatever a number or a literal is made of. */
function isScalarByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return (
    (byte >= 48 && byte <= 57) ||
    (byte >= 97 && byte <= 122) ||
    byte === 43 ||
    byte === 45 ||
    byte === 46 ||
    byte === 69
  )
}
