import { JsonReader, type Span } from './json-reader'

const SPACE = 32
const COMMA = 44
const COLON = 58
const OPEN_BRACE = 123
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
  for (let byte = bytes[at]; byte === SPACE || byte === 9 || byte === 10 || byte === 13; byte = bytes[++at]);
  return at
}

function skipSpaceBack(bytes: Uint8Array, from: number): number {
  let at = from
  while (bytes[at] === SPACE) at--
  return at
}
