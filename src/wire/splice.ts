import type { Span } from './json-reader'

/** Puts `text` in the place of `span`; an empty span inserts. */
export interface Edit extends Span {
  text: string
}

/** The bytes with every edit made; edits must not overlap. Without edits the very same array comes back. */
export function splice(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  if (edits.length === 0) return bytes
  const parts: Uint8Array[] = []
  let from = 0
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    parts.push(bytes.subarray(from, edit.start), Buffer.from(edit.text))
    from = edit.end
  }
  parts.push(bytes.subarray(from))
  return Buffer.concat(parts)
}
