import { JsonReader, type Span } from './json-reader'

const SPACE = 32
const TAB = 9
const COMMA = 44
const COLON = 58
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const OPEN_BRACKET = 91
const CHOICES = Buffer.from('"choices"')
const NULL = [110, 117, 108, 108]

/**
 * The next place from `from` on where `"name"` stands as a key: `start` at its quote, `end` at its value.
 * Inside a JSON string these bytes would be escaped, so a match outside one is always a key. Undefined if none.
 */
export function findMember(bytes: Uint8Array, needle: Buffer, from: number): Span | undefined {
  for (
    let start = indexOf(bytes, needle, from);
    start !== -1;
    start = indexOf(bytes, needle, start + needle.length)
  ) {
    const colon = skipSpace(bytes, start + needle.length)
    if (bytes[colon] === COLON) return { start, end: skipSpace(bytes, colon + 1) }
  }
  return undefined
}

/**
 * The same for a member of the outermost object in these bytes, which may stand behind `data: `.
 * Undefined if there is none, or if what stands there is no JSON on one line.
 */
export function outermostMember(bytes: Uint8Array, needle: Buffer): Span | undefined {
  const reader = new JsonReader(bytes)
  reader.position = Math.max(0, bytes.indexOf(OPEN_BRACE))
  const name = needle.toString('utf8', 1, needle.length - 1)
  let value = -1
  try {
    reader.object(key => {
      if (key === name) value = reader.position
      reader.skip()
    })
  } catch {
    return undefined
  }
  const start = value === -1 ? -1 : Buffer.prototype.lastIndexOf.call(bytes, needle, value)
  return start === -1 ? undefined : { start, end: value }
}

/** The same for a member of the first choice of a chunk. */
export function firstChoiceMember(bytes: Uint8Array, needle: Buffer): Span | undefined {
  const choices = outermostMember(bytes, CHOICES)
  if (!choices || bytes[choices.end] !== OPEN_BRACKET) return undefined
  const first = skipSpace(bytes, choices.end + 1)
  if (bytes[first] !== OPEN_BRACE) return undefined
  const found = outermostMember(bytes.subarray(first), needle)
  return found && { start: first + found.start, end: first + found.end }
}

/** Whether the value at `at` is `null`. */
export function isNull(bytes: Uint8Array, at: number): boolean {
  return NULL.every((byte, index) => bytes[at + index] === byte)
}

/** Where the JSON value that begins at `at` ends. Throws `invalid_json` if it does not. */
export function valueEnd(bytes: Uint8Array, at: number): number {
  const reader = new JsonReader(bytes)
  reader.position = at
  return reader.skip().end
}

/** Where the object that begins at `at` ends; -1 if there stands none that is whole. */
export function objectEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== OPEN_BRACE) return -1
  try {
    return valueEnd(bytes, at)
  } catch {
    return -1
  }
}

/** Whether a member whose value ends at `end` is the last one of its event's object: `}` follows, and the blank line. */
export function isLastMember(bytes: Uint8Array, end: number): boolean {
  if (bytes[end] !== CLOSE_BRACE) return false
  const next = bytes[end + 1]
  if (next === LINE_FEED) return bytes[end + 2] === LINE_FEED
  return next === CARRIAGE_RETURN && bytes[end + 3] === CARRIAGE_RETURN
}

/**
 * Overwrites a member, and the comma that joins it to its neighbour, with spaces: still legal JSON,
 * of the same length, in the same buffer.
 */
export function blankMember(bytes: Uint8Array, start: number, end: number): void {
  let from = start
  let to = end
  const before = skipSpaceBack(bytes, start - 1)
  const after = skipSpace(bytes, end)
  if (bytes[before] === COMMA) from = before
  else if (bytes[after] === COMMA) to = after + 1
  bytes.fill(SPACE, from, to)
}

/** Overwrites a value with `null` and spaces. Values shorter than `null` cannot be. */
export function nullValue(bytes: Uint8Array, start: number, end: number): void {
  bytes.fill(SPACE, start, end)
  bytes.set(NULL, start)
}

/** Bun searches fastest for a Buffer in a Buffer, whatever the bytes were declared as. */
export function indexOf(bytes: Uint8Array, needle: Buffer, from = 0): number {
  return Buffer.prototype.indexOf.call(bytes, needle, from)
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from
  for (
    let byte = bytes[at];
    byte === SPACE || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN;
    byte = bytes[++at]
  );
  return at
}

/** The next place from `from` back that is neither space nor tab. */
export function skipSpaceBack(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === SPACE || bytes[at] === TAB) at--
  return at
}
