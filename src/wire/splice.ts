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
  const inOrder = edits.length === 1 ? edits : edits.toSorted((a, b) => a.start - b.start)
  for (const { start, end, text } of inOrder) {
    at += copy(bytes, spliced, at, from, start)
    at += spliced.write(text, at)
    from = end
  }
  copy(bytes, spliced, at, from, bytes.length)
  return spliced
}

/** A view of the bytes would cost more than the copy: Bun allocates outside the heap for each. */
function copy(bytes: Uint8Array, to: Uint8Array, at: number, start: number, end: number): number {
  return Buffer.prototype.copy.call(bytes, to, at, start, end)
}
