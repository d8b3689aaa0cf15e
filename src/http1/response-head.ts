import { COLON, CR, LF, may, NAME, SPACE, VALUE } from './characters'
import { Malformed } from './malformed'
import { isNamed, RawFields, valueAt, valueSpan } from './raw-fields'

/** How the body that follows is delimited. */
export type Framing = 'none' | 'length' | 'chunked' | 'close'

/** What a head says: its status, where its body ends, and whether its connection serves again. */
export interface ResponseHead {
  status: number
  framing: Framing
  /** Of the body, in bytes, where the framing is `length`. */
  length: number
  isKept: boolean
  /** How long the peer says that it keeps an idle connection; infinite where it does not say. */
  idleMs: number
  fields: RawFields
}

const MOST_LINES = 256
const VERSION = 'HTTP/1.'
/** A status has three digits; its reason may be missing. */
const REASON_AT = 12
const ZERO = 48
/** Zeros before it included. */
const MOST_LENGTH_DIGITS = 16

/** What the lines of one head say about its framing. */
interface Lines {
  at: number[]
  length: number | undefined
  isChunked: boolean
  saysClose: boolean
  idleMs: number
}

/**
 * Reads the head that fills `bytes` up to `end`, its last line's CRLF included, the blank line not.
 * Stricter than a lenient reader in everything that two readers could see differently: throws Malformed.
 */
export function readHead(bytes: Buffer, end: number, answersHead: boolean): ResponseHead {
  const { status, isOldest } = statusOf(bytes, end)
  const lines = readLines(bytes, lineEnd(bytes, REASON_AT, end), end)
  if (lines.isChunked && lines.length !== undefined)
    throw new Malformed('both a content-length and a transfer-encoding')
  if (lines.isChunked && isOldest) throw new Malformed('a transfer-encoding under HTTP/1.0')
  const framing = answersHead || status < 200 || status === 304 ? 'none' : framingOf(status, lines)
  return {
    status,
    framing,
    length: lines.length ?? 0,
    isKept: !isOldest && !lines.saysClose && framing !== 'close',
    idleMs: lines.idleMs,
    fields: new RawFields(bytes, lines.at),
  }
}

function framingOf(status: number, { isChunked, length }: Lines): Framing {
  if (status === 204) {
    if (isChunked || (length ?? 0) > 0) throw new Malformed('a body where there is none')
    return 'none'
  }
  if (isChunked) return 'chunked'
  return length === undefined ? 'close' : 'length'
}

/** Status and version of the first line; HTTP/1.0 is told by its last digit. */
function statusOf(bytes: Buffer, end: number): { status: number; isOldest: boolean } {
  const after = bytes[REASON_AT]
  if (end <= REASON_AT || !startsWith(bytes, VERSION) || (after !== SPACE && after !== CR))
    throw new Malformed('no status line of HTTP/1.1')
  const minor = digitAt(bytes, VERSION.length)
  const status = numberAt(bytes, VERSION.length + 2, REASON_AT)
  if (bytes[VERSION.length + 1] !== SPACE || !(minor <= 1) || !(status >= 100 && status <= 599))
    throw new Malformed('no status line of HTTP/1.1')
  if (status === 101) throw new Malformed('an upgrade that nobody asked for')
  return { status, isOldest: minor === 0 }
}

function startsWith(bytes: Buffer, text: string): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[at] !== text.charCodeAt(at)) return false
  return true
}

/** The number that stands here in digits alone; NaN for anything else, and for nothing. */
function numberAt(bytes: Buffer, start: number, end: number): number {
  let number = start < end ? 0 : Number.NaN
  for (let at = start; at < end; at++) number = number * 10 + digitAt(bytes, at)
  return number
}

function digitAt(bytes: Buffer, at: number): number {
  const digit = (bytes[at] ?? 0) - ZERO
  return digit >= 0 && digit <= 9 ? digit : Number.NaN
}

/** Where the CRLF stands that ends what begins here; nothing in between may be a control character. */
function lineEnd(bytes: Buffer, at: number, end: number): number {
  let stop = at
  while (stop < end && may(bytes[stop], VALUE)) stop++
  if (bytes[stop] !== CR || bytes[stop + 1] !== LF || stop + 2 > end)
    throw new Malformed('a control character in the head')
  return stop
}

function readLines(bytes: Buffer, firstEnd: number, end: number): Lines {
  const lines: Lines = { at: [], length: undefined, isChunked: false, saysClose: false, idleMs: Infinity }
  let start = firstEnd + 2
  while (start < end) {
    let colon = start
    while (may(bytes[colon], NAME)) colon++
    // Also a blank before the colon, and a line that goes on with the one before.
    if (colon === start || bytes[colon] !== COLON) throw new Malformed('a header line without a proper name')
    if (lines.at.length === 2 * MOST_LINES) throw new Malformed('too many header lines')
    lines.at.push(start, colon - start)
    const stop = lineEnd(bytes, colon + 1, end)
    note(bytes, start, colon, lines)
    start = stop + 2
  }
  return lines
}

/** The four names that matter to the connection have three lengths. */
function note(bytes: Buffer, start: number, colon: number, lines: Lines): void {
  const length = colon - start
  if (length === 10) noteConnection(bytes, start, colon, lines)
  else if (length === 14 && isNamed(bytes, start, 'content-length')) {
    const said = lengthOf(bytes, colon + 1)
    if (lines.length !== undefined && lines.length !== said) throw new Malformed('two content-lengths')
    lines.length = said
  } else if (length === 17 && isNamed(bytes, start, 'transfer-encoding')) {
    if (lines.isChunked) throw new Malformed('two transfer-encodings')
    if (valueAt(bytes, colon + 1).toLowerCase() !== 'chunked')
      throw new Malformed('a transfer-encoding that is not chunked')
    lines.isChunked = true
  }
}

function noteConnection(bytes: Buffer, start: number, colon: number, lines: Lines): void {
  if (isNamed(bytes, start, 'connection')) {
    if (/(?:^|[\t ,])close(?:$|[\t ,])/i.test(valueAt(bytes, colon + 1))) lines.saysClose = true
  } else if (isNamed(bytes, start, 'keep-alive'))
    lines.idleMs = Math.min(lines.idleMs, idleMsOf(valueAt(bytes, colon + 1)))
}

function lengthOf(bytes: Buffer, at: number): number {
  const { start, end } = valueSpan(bytes, at)
  const length = end - start <= MOST_LENGTH_DIGITS ? numberAt(bytes, start, end) : Number.NaN
  if (!Number.isSafeInteger(length)) throw new Malformed('a content-length that is no number')
  return length
}

function idleMsOf(value: string): number {
  const [, seconds] = /(?:^|[\t ,])timeout=([0-9]{1,9})/i.exec(value) ?? []
  return seconds === undefined ? Infinity : Number(seconds) * 1000
}
