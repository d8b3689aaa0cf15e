import { CR, SPACE, TAB } from './characters'
import type { HeaderFields } from './sink'

/** A head's bytes and where its lines begin: nothing is decoded before it is asked for. */
export class RawFields implements HeaderFields {
  private readonly bytes: Buffer
  /** Two numbers a line: where its name begins, and how long that is. */
  private readonly lines: readonly number[]

  constructor(bytes: Buffer, lines: readonly number[]) {
    this.bytes = bytes
    this.lines = lines
  }

  get(name: string): string | null {
    let value: string | null = null
    for (let line = 0; line < this.lines.length; line += 2) {
      const at = this.lines[line]
      if (at === undefined || this.lines[line + 1] !== name.length || !isNamed(this.bytes, at, name)) continue
      const one = valueAt(this.bytes, at + name.length + 1)
      value = value === null ? one : `${value}, ${one}`
    }
    return value
  }
}

/** Whether this name, which is in lower case, stands here in whatever case. */
export function isNamed(bytes: Uint8Array, at: number, name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const byte = bytes[at + index] ?? 0
    const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte
    if (lower !== name.charCodeAt(index)) return false
  }
  return true
}

/** The value that begins here, without the blanks around it. Its line ends with CR. */
export function valueAt(bytes: Buffer, at: number): string {
  const { start, end } = valueSpan(bytes, at)
  return Buffer.prototype.latin1Slice.call(bytes, start, end)
}

/** Where that value stands: `start` inclusive, `end` exclusive. */
export function valueSpan(bytes: Buffer, at: number): { start: number; end: number } {
  let start = at
  let end = at
  // A value is short: to search for its end natively costs more than to walk there.
  while (end < bytes.length && bytes[end] !== CR) end++
  while (start < end && isBlank(bytes[start])) start++
  while (end > start && isBlank(bytes[end - 1])) end--
  return { start, end }
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB
}
