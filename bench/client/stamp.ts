import { CHUNK_AFTER, CHUNK_BEFORE, NUMBER_DIGITS, STAMP_DIGITS, STAMP_MARK } from '../mock/chunk.ts'

/** What a content chunk of the mock says, and whether it came through as it was sent. */
export interface Stamp {
  sentUs: number
  number: number
  untouched: boolean
}

const MARK = Buffer.from(STAMP_MARK)
const DIGIT_0 = 48

function readDigits(bytes: Buffer, from: number, width: number): number {
  let value = 0
  for (let at = from; at < from + width; at++) value = value * 10 + (bytes[at] ?? 0) - DIGIT_0
  return value
}

const same = (bytes: Buffer, from: number, wanted: Buffer): boolean =>
  bytes.length >= from + wanted.length &&
  bytes.compare(wanted, 0, wanted.length, from, from + wanted.length) === 0

/** Only `}` and blanks may follow: a gateway may blank out a `"usage":null` that the caller did not ask for. */
function endsPlainly(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte !== 0x20 && byte !== 0x7d && byte !== 0x0a) return false
  }
  return true
}

/** Reads a content chunk; undefined for every other event. */
export function readStamp(event: Buffer): Stamp | undefined {
  const mark = event.indexOf(MARK)
  if (mark < 0) return undefined
  const stampAt = mark + MARK.length
  const after = stampAt + STAMP_DIGITS + 1 + NUMBER_DIGITS
  const untouched =
    same(event, 0, CHUNK_BEFORE) &&
    same(event, after, CHUNK_AFTER) &&
    endsPlainly(event, after + CHUNK_AFTER.length)
  return {
    sentUs: readDigits(event, stampAt, STAMP_DIGITS),
    number: readDigits(event, stampAt + STAMP_DIGITS + 1, NUMBER_DIGITS),
    untouched,
  }
}
