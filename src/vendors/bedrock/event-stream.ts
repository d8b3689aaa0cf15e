import { crc32 } from 'node:zlib'
import type { Frames, VendorEvent } from '../translation'

/** A frame larger than this is none of a model's. */
const MOST_FRAME_BYTES = 4 * 1024 * 1024
/** Lengths and their checksum, and the checksum at the end. */
const PRELUDE_BYTES = 12
const TRAILER_BYTES = 4
/** A larger room is given up once it is empty. */
const ROOM_BYTES = 16 * 1024
const NO_ROOM = Buffer.alloc(0)
const STRING = 7

/** The sizes of the values of the header types that are not texts, in bytes; the rest have their length before them. */
const FIXED_SIZES: Record<number, number> = { 0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16 }

/**
 * Cuts the binary frames of AWS's event streams: lengths, headers and payload with a checksum each. A frame's event type
 * is its event's name; a failure's is `exception/<type>` or `error/<code>`. A frame that is damaged is an error, and the
 * last: nothing after it can be found.
 */
export class EventStreamFrames implements Frames {
  /** Begins with the bytes that are no whole frame yet, `size` of them. */
  private room: Buffer = NO_ROOM
  private size = 0
  private isBroken = false
  private readonly event: (event: VendorEvent) => void

  constructor(event: (event: VendorEvent) => void) {
    this.event = event
  }

  push(bytes: Uint8Array): boolean {
    if (this.isBroken) return true
    this.keep(bytes)
    let at = 0
    for (;;) {
      const length = this.frameLength(at)
      if (length === undefined || this.size - at < length) break
      this.read(this.room.subarray(at, at + length))
      at += length
    }
    this.forget(at)
    return true
  }

  /** The room grows by its own size: a frame that comes byte by byte is not copied with each of them. */
  private keep(bytes: Uint8Array): void {
    const size = this.size + bytes.length
    if (size > this.room.length) {
      const larger = Buffer.allocUnsafe(Math.max(size, this.room.length * 2))
      this.room.copy(larger, 0, 0, this.size)
      this.room = larger
    }
    this.room.set(bytes, this.size)
    this.size = size
  }

  private forget(count: number): void {
    if (count > 0) this.room.copyWithin(0, count, this.size)
    this.size -= Math.min(count, this.size)
    if (this.size === 0 && this.room.length > ROOM_BYTES) this.room = NO_ROOM
  }

  /** A frame that was begun is not whole. */
  end(): void {}

  /** Undefined as long as it is not known, and once nothing more can be read. */
  private frameLength(at: number): number | undefined {
    if (this.isBroken || this.size - at < PRELUDE_BYTES) return undefined
    const length = this.room.readUInt32BE(at)
    const headers = this.room.readUInt32BE(at + 4)
    const isPossible =
      length >= PRELUDE_BYTES + TRAILER_BYTES + headers &&
      length <= MOST_FRAME_BYTES &&
      crc32(this.room.subarray(at, at + 8)) === this.room.readUInt32BE(at + 8)
    if (isPossible) return length
    this.break()
    return undefined
  }

  private read(frame: Buffer): void {
    const bodyEnd = frame.length - TRAILER_BYTES
    if (crc32(frame.subarray(0, bodyEnd)) !== frame.readUInt32BE(bodyEnd)) {
      this.break()
      return
    }
    const headersEnd = PRELUDE_BYTES + frame.readUInt32BE(4)
    const headers = readHeaders(frame.subarray(PRELUDE_BYTES, headersEnd))
    const data = frame.toString('utf8', headersEnd, bodyEnd)
    this.event({ name: nameOf(headers), data })
  }

  private break(): void {
    this.isBroken = true
    this.room = NO_ROOM
    this.size = 0
    const message = 'The vendor sent a frame that is damaged.'
    this.event({ name: 'error/damaged', data: JSON.stringify({ message }) })
  }
}

function nameOf(headers: ReadonlyMap<string, string>): string | null {
  const kind = headers.get(':message-type')
  if (kind === 'exception') return `exception/${headers.get(':exception-type') ?? ''}`
  if (kind === 'error') return `error/${headers.get(':error-code') ?? ''}`
  return headers.get(':event-type') ?? null
}

/** The headers that are texts; the others say nothing that is needed here. */
function readHeaders(bytes: Buffer): Map<string, string> {
  const headers = new Map<string, string>()
  let at = 0
  while (at < bytes.length) {
    const nameEnd = at + 1 + (bytes[at] ?? 0)
    const name = bytes.toString('utf8', at + 1, nameEnd)
    const type = bytes[nameEnd] ?? 0
    const fixed = FIXED_SIZES[type]
    const start = nameEnd + (fixed === undefined ? 3 : 1)
    if (start > bytes.length) break
    const size = fixed ?? bytes.readUInt16BE(nameEnd + 1)
    if (type === STRING) headers.set(name, bytes.toString('utf8', start, start + size))
    at = start + size
  }
  return headers
}
