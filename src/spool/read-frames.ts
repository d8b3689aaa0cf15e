import { type Frame, HEADER_BYTES, MAX_PAYLOAD_BYTES, scanFrames } from './frame'

/** About five hundred records: one batch, and no long stop of the event loop. */
const PIECE_BYTES = 512 * 1024

/** Frames that stand together, and where the reader has come to. */
export interface Piece {
  frames: Frame[]
  foreignFrames: number
  /** Bytes of this piece that belong to no frame. */
  damagedBytes: number
  /** Everything before this position was handed out. */
  end: number
}

/**
 * A segment's frames from one position to another, a piece at a time, in order. Damage is stepped over, however long
 * it is; each frame is handed out once, and the last piece ends at `to`. Throws what the disk throws.
 */
export function* readFrames(
  read: (position: number, length: number) => Uint8Array,
  from: number,
  to: number,
  pieceBytes = PIECE_BYTES,
): Generator<Piece> {
  const longest = Math.min(HEADER_BYTES + MAX_PAYLOAD_BYTES, pieceBytes / 2)
  for (let at = from; at < to; ) {
    const asked = Math.min(pieceBytes, to - at)
    const bytes = read(at, asked)
    const isLast = bytes.length < asked || at + asked === to
    const { frames, foreignFrames, damagedBytes, tornBytes, end } = scanFrames(bytes)
    // What follows the last whole frame may be the beginning of one that goes on in the next piece.
    const step = Math.max(end, bytes.length - longest)
    const passed = isLast ? tornBytes : Math.min(step - end, tornBytes)
    at = isLast ? to : at + step
    yield { frames, foreignFrames, damagedBytes: damagedBytes + passed, end: at }
  }
}
