/** One message of PostgreSQL's frontend protocol, whole, or a request that stands outside it. */
export interface Frame {
  kind: 'message' | 'ssl' | 'cancel'
  bytes: Uint8Array
  /** No query is left half said after it: it is a Sync, a simple query, or the start. */
  ends: boolean
}

const SSL_REQUEST = 80877103
const CANCEL_REQUEST = 80877102
const PROTOCOL_3 = 196608
const SYNC = 0x53
const QUERY = 0x51
const HEADER_BYTES = 5
const STARTUP_HEADER_BYTES = 8
/** A batch of 500 audit rows is about 0.3 MB. */
const MAX_FRAME_BYTES = 64 * 1024 * 1024

/** Cuts a client's bytes into frames. It holds one unfinished frame and what one read brought; a frame above 64 MiB throws. */
export class FrameReader {
  private chunks: Uint8Array[] = []
  private size = 0
  private needed = HEADER_BYTES

  push(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.size += chunk.byteLength
  }

  /** The next frame; undefined while none is whole. */
  take(): Frame | undefined {
    if (this.size < this.needed) return undefined
    const bytes = this.joined()
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const isStartup = bytes[0] === 0
    const length = isStartup ? view.getInt32(0) : 1 + view.getInt32(1)
    if (length < HEADER_BYTES || length > MAX_FRAME_BYTES) throw new Error(`a message of ${length} bytes`)
    this.needed = isStartup ? Math.max(length, STARTUP_HEADER_BYTES) : length
    if (this.size < this.needed) return undefined

    this.keepFrom(length)
    const frame = bytes.subarray(0, length)
    if (isStartup) return startup(frame, view.getInt32(4))
    return { kind: 'message', bytes: frame, ends: bytes[0] === SYNC || bytes[0] === QUERY }
  }

  private joined(): Uint8Array {
    const [only] = this.chunks
    const bytes = this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks)
    this.chunks = [bytes]
    return bytes
  }

  private keepFrom(offset: number): void {
    const rest = this.joined().subarray(offset)
    this.chunks = rest.byteLength > 0 ? [rest] : []
    this.size = rest.byteLength
    this.needed = HEADER_BYTES
  }
}

function startup(bytes: Uint8Array, code: number): Frame {
  if (code === SSL_REQUEST) return { kind: 'ssl', bytes, ends: true }
  if (code === CANCEL_REQUEST) return { kind: 'cancel', bytes, ends: true }
  if (code !== PROTOCOL_3) throw new Error(`protocol version ${code} is not spoken here`)
  return { kind: 'message', bytes, ends: true }
}
