import { type Piece, Pieces } from '../lib/pieces'
import type { Span } from './json-reader'

/** Puts `text` in the place of `span`; an empty span inserts. */
export interface Edit extends Span {
  text: string
}

/** The bytes with every edit made; edits must not overlap. Without edits the very same array comes back. */
export function splice(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (edits.length === 0) return bytes
  let length = bytes.length
  for (const { start, end, text } of edits) length += Buffer.byteLength(text) - (end - start)
  const spliced = Buffer.allocUnsafe(length)
  let from = 0
  let at = 0
  for (const { start, end, text } of inOrder(edits)) {
    at += copy(bytes, spliced, at, from, start)
    at += spliced.write(text, at)
    from = end
  }
  copy(bytes, spliced, at, from, bytes.length)
  return spliced
}

/** The same, for who can write it out without a copy of it all. */
export function inPieces(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array | Pieces {
  if (edits.length === 0) return bytes
  const pieces: Piece[] = []
  let from = 0
  for (const { start, end, text } of inOrder(edits)) {
    const put = Buffer.from(text)
    pieces.push({ bytes, start: from, end: start }, { bytes: put, start: 0, end: put.length })
    from = end
  }
  pieces.push({ bytes, start: from, end: bytes.length })
  return new Pieces(pieces)
}

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  return edits.length === 1 ? edits : edits.toSorted((a, b) => a.start - b.start)
}

/** A view of the bytes would cost more than the copy: Bun allocates outside the heap for each. */
function copy(bytes: Uint8Array, to: Uint8Array, at: number, start: number, end: number): number {
  return Buffer.prototype.copy.call(bytes, to, at, start, end)
}
