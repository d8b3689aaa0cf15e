import { type Piece, Pieces } from '../lib/pieces'
import type { Span } from './json-reader'

/** Puts `text` in the place of `span`; an empty span inserts. */
export interface Edit extends Span {
  text: string
}

/** The bytes with every edit made; edits must not overlap. Without edits the very same array comes back. */
export function splice(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  const spliced = inPieces(bytes, edits)
  return spliced instanceof Pieces ? spliced.join() : spliced
}

/** The same, for who can write it out without a copy of it all. */
export function inPieces(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array | Pieces {
  if (edits.length === 0) return bytes
  const pieces: Piece[] = []
  let from = 0
  const inOrder = edits.length === 1 ? edits : edits.toSorted((a, b) => a.start - b.start)
  for (const { start, end, text } of inOrder) {
    const put = Buffer.from(text)
    pieces.push({ bytes, start: from, end: start }, { bytes: put, start: 0, end: put.length })
    from = end
  }
  pieces.push({ bytes, start: from, end: bytes.length })
  return new Pieces(pieces)
}
