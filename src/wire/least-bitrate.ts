/** Nothing is known of it: a second may be as short as this. */
const UNKNOWN = 1
/** 120 ms in three bytes: what Ogg adds, and an empty packet. */
const OPUS = 25
/** Layer III at 8 kbit/s, the least that its head can say. */
const MPEG = 1_000
/** A constant frame of one channel, its head and its checksums. */
const FLAC_FRAME_BYTES = 11
/** Of ADTS: a head, and a frame of a byte. */
const AAC_FRAME_BYTES = 8
const AAC_SAMPLES = 1_024
const AAC_RATES = [96, 88.2, 64, 48, 44.1, 32, 24, 22.05, 16, 12, 11.025, 8, 7.35].map(khz => khz * 1_000)
/** PCM, its floating point, A-law and µ-law. */
const UNPACKED = new Set([1, 3, 6, 7])

/**
 * The fewest bytes in which a recording that begins so can hold a second, whatever is to be heard in it: silence takes
 * next to nothing in some formats. The head of one of these formats must be within the first 64 bytes.
 */
export function leastBytesPerSecond(head: Uint8Array): number {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 64))
  const text = bytes.toString('latin1')
  return Math.max(UNKNOWN, wave(bytes, text) ?? ogg(text) ?? flac(bytes, text) ?? frames(bytes) ?? UNKNOWN)
}

function wave(bytes: Buffer, text: string): number | undefined {
  if (!text.startsWith('RIFF') || !text.startsWith('WAVEfmt ', 8) || bytes.length < 36) return undefined
  if (!UNPACKED.has(bytes.readUInt16LE(20))) return UNKNOWN
  return bytes.readUInt32LE(24) * bytes.readUInt16LE(32)
}

function ogg(text: string): number | undefined {
  if (!text.startsWith('OggS')) return undefined
  return text.includes('OpusHead') ? OPUS : UNKNOWN
}

/** Its head says how long a frame is at most, and how many samples a second has. */
function flac(bytes: Buffer, text: string): number | undefined {
  if (!text.startsWith('fLaC') || bytes.length < 21) return undefined
  const most = bytes.readUInt16BE(10)
  const rate = bytes.readUIntBE(18, 3) >> 4
  return most > 0 ? Math.floor((FLAC_FRAME_BYTES * rate) / most) : UNKNOWN
}

/** What has no head but that of its frames. */
function frames(bytes: Buffer): number | undefined {
  if (bytes.length < 4 || bytes[0] !== 0xff || (bytes.readUInt8(1) & 0xe0) !== 0xe0) return undefined
  const [layer, rate] = [(bytes.readUInt8(1) >> 1) & 3, (bytes.readUInt8(2) >> 2) & 15]
  if (layer === 0) return Math.floor((AAC_FRAME_BYTES * (AAC_RATES[rate] ?? 0)) / AAC_SAMPLES)
  // One whose rate is free has no least.
  return bytes.readUInt8(2) >> 4 === 0 ? UNKNOWN : MPEG
}
