import { type FrameKind, frameBytes, writeFrame } from '../../src/spool/frame'

/** One frame by itself, as the spool writes it among others. Throws RangeError for a payload beyond the bound. */
export function encodeFrame(kind: FrameKind, payload: string): Buffer {
  const frame = Buffer.allocUnsafe(frameBytes(payload))
  writeFrame(frame, 0, kind, payload)
  return frame
}
