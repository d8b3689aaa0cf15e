/** What a frame of the spool says of one request. */
export const FRAME_KINDS = {
  /** It goes to a vendor: written before a byte of it leaves. */
  dispatch: 1,
  /** So far it has used this much. */
  meter: 2,
  /** It has ended, and this is its record. */
  end: 3,
} as const
export type FrameKind = keyof typeof FRAME_KINDS

export interface Frame {
  kind: FrameKind
  payload: Uint8Array
}

/** What a segment's bytes hold: whole frames, in order, and how much of it is none. */
export interface Scan {
  frames: Frame[]
  /** Whole frames of a version or kind that this code does not know: a newer gateway's. */
  foreignFrames: number
  /** Where the last whole frame ends. */
  end: number
  /** Bytes before `end` that belong to no frame: a flipped bit, a torn write that was written over. */
  damagedBytes: number
  /** Bytes after `end` that are not zero: a write that the machine did not finish. */
  tornBytes: number
}

const MAGIC = 0x4d43
/** What every frame begins with. */
export const MAGIC_BYTES = Buffer.from('CM', 'latin1')
const VERSION = 1
export const HEADER_BYTES = 12
/** A record is a few hundred bytes; what says that it is longer is no frame. */
export const MAX_PAYLOAD_BYTES = 128 * 1024

/** CRC-32's step for each byte (the polynomial of zlib, reversed). */
const CRC_OF_BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  return sum
})

const NAMES = Object.fromEntries(
  Object.entries(FRAME_KINDS).map(([name, number]) => [number, name]),
) as Record<number, FrameKind>

/**
 * One frame: magic (2), version (1), kind (1), payload length (4), CRC-32 (4) over version, kind, length and payload,
 * then the payload. Little endian; every later version keeps these twelve bytes. A reader can tell any frame from torn,
 * flipped or foreign bytes, and no payload can pass for one: JSON holds no byte below 32, a length always does.
 * Written at a place in bytes that hold it (`frameBytes` says how much it takes); returns where it ends.
 */
export function writeFrame(into: Buffer, at: number, kind: FrameKind, payload: string): number {
  const length = into.write(payload, at + HEADER_BYTES, 'utf8')
  into.writeUInt16LE(MAGIC, at)
  into.writeUInt8(VERSION, at + 2)
  into.writeUInt8(FRAME_KINDS[kind], at + 3)
  into.writeUInt32LE(length, at + 4)
  into.writeUInt32LE(checksum(into, at, length), at + 8)
  return at + HEADER_BYTES + length
}

/** How long a frame will be. Throws RangeError for a payload beyond the bound. */
export function frameBytes(payload: string): number {
  const length = Buffer.byteLength(payload)
  if (length > MAX_PAYLOAD_BYTES) throw new RangeError(`a frame of ${length} bytes is too long for the spool`)
  return HEADER_BYTES + length
}

/** Reads every good frame; after a bad one it looks on for the next that verifies. */
export function scanFrames(bytes: Uint8Array): Scan {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const scan: Scan = { frames: [], foreignFrames: 0, end: 0, damagedBytes: 0, tornBytes: 0 }
  for (let at = nextFrame(buffer, 0); at !== -1; at = nextFrame(buffer, scan.end)) {
    const kind = buffer.readUInt8(at + 2) === VERSION ? NAMES[buffer.readUInt8(at + 3)] : undefined
    scan.damagedBytes += at - scan.end
    scan.end = at + HEADER_BYTES + buffer.readUInt32LE(at + 4)
    if (kind) scan.frames.push({ kind, payload: buffer.subarray(at + HEADER_BYTES, scan.end) })
    else scan.foreignFrames++
  }
  scan.tornBytes = buffer.subarray(scan.end).findLastIndex(byte => byte !== 0) + 1
  return scan
}

/** Where the next frame that verifies begins, at `from` or later; -1 if there is none. */
function nextFrame(buffer: Buffer, from: number): number {
  for (let at = from; ; at++) {
    at = buffer.indexOf('CM', at, 'latin1')
    if (at === -1 || at + HEADER_BYTES > buffer.length) return -1
    if (isFrame(buffer, at)) return at
  }
}

function isFrame(buffer: Buffer, at: number): boolean {
  const length = buffer.readUInt32LE(at + 4)
  if (length > MAX_PAYLOAD_BYTES || at + HEADER_BYTES + length > buffer.length) return false
  return buffer.readUInt32LE(at + 8) === checksum(buffer, at, length)
}

/** Over everything but the magic and the checksum itself. */
function checksum(buffer: Buffer, at: number, length: number): number {
  const payload = new Uint8Array(buffer.buffer, buffer.byteOffset + at + HEADER_BYTES, length)
  return Bun.hash.crc32(payload, checksumOfHead(buffer, at))
}

/** For six bytes a view and a call cost more than the sum itself. */
function checksumOfHead(buffer: Buffer, at: number): number {
  let sum = 0xffffffff
  for (let index = at + 2; index < at + 8; index++)
    sum = (CRC_OF_BYTE[(sum ^ (buffer[index] ?? 0)) & 0xff] ?? 0) ^ (sum >>> 8)
  return (sum ^ 0xffffffff) >>> 0
}
