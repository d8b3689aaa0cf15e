import { CR, LF } from './characters'
import { Malformed } from './malformed'

/** Of one head. nginx's own limit is 4 or 8 KB; vendors send 1 to 3. */
export const MOST_HEAD_BYTES = 64 * 1024
/** Most heads are no longer. */
const FIRST_BYTES = 4 * 1024
const END = Buffer.from('\r\n\r\n')
const START = Buffer.from('HTTP/1.')

/** The bytes of a head that comes in several reads. Most come in one and never pass here. */
export class HeadBytes {
  private bytes: Buffer | undefined
  private length = 0

  get isEmpty(): boolean {
    return this.length === 0
  }

  /**
   * Takes what belongs to the head from `at` on and gives back where it stopped: behind the head, which `take` then
   * gives, or at the end of the bytes. Throws Malformed as soon as it cannot become a head.
   */
  add(bytes: Buffer, at: number): number {
    const before = this.length
    const room = MOST_HEAD_BYTES - before
    const count = Math.min(room, bytes.length - at)
    const own = this.grow(before + count)
    bytes.copy(own, before, at, at + count)
    this.length += count
    const seen = own.subarray(0, this.length)
    const from = Math.max(0, before - END.length + 1)
    const found = seen.indexOf(END, from)
    if (found >= 0) {
      this.length = found + END.length
      return at + this.length - before
    }
    assertBegun(seen, from)
    if (count === room) throw new Malformed('a head that is too long')
    return bytes.length
  }

  /** The head once it is whole; undefined before. The buffer is the caller's from here on. */
  take(): { bytes: Buffer; end: number } | undefined {
    const { bytes, length } = this
    if (!bytes || length < END.length || bytes.compare(END, 0, END.length, length - END.length, length) !== 0)
      return undefined
    this.clear()
    return { bytes, end: length - 2 }
  }

  /** A buffer that holds so much, with what was there before. */
  private grow(size: number): Buffer {
    if (this.bytes && this.bytes.length >= size) return this.bytes
    const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, 2 ** Math.ceil(Math.log2(size))))
    this.bytes?.copy(larger, 0, 0, this.length)
    this.bytes = larger
    return larger
  }

  clear(): void {
    this.bytes = undefined
    this.length = 0
  }
}

/** Where the head ends that begins here, its last line's CRLF included; -1 if it does not end in these bytes. */
export function endOfHead(bytes: Buffer, at: number): number {
  const found = bytes.indexOf(END, at)
  return found < 0 ? -1 : found + 2
}

/** A banner of another protocol, or lines that end with LF alone, would otherwise be waited on until a deadline. */
function assertBegun(seen: Buffer, from: number): void {
  const length = Math.min(seen.length, START.length)
  if (seen.compare(START, 0, length, 0, length) !== 0) throw new Malformed('no status line of HTTP/1.1')
  for (let at = seen.indexOf(LF, from); at >= 0; at = seen.indexOf(LF, at + 1))
    if (seen[at - 1] !== CR) throw new Malformed('a control character in the head')
}
