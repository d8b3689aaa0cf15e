/** A stretch of some bytes: `start` inclusive, `end` exclusive. A view of it would cost more than this. */
export interface Piece {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
}

/** Bytes that stand in several places and are written one behind the other, so that nobody has to copy them together first. */
export class Pieces {
  readonly length: number
  readonly list: readonly Piece[]

  constructor(list: readonly Piece[]) {
    this.list = list
    let length = 0
    for (const { start, end } of list) length += end - start
    this.length = length
  }

  /** All of them in one array. */
  join(): Uint8Array {
    const joined = Buffer.allocUnsafe(this.length)
    let at = 0
    for (const { bytes, start, end } of this.list)
      at += Buffer.prototype.copy.call(bytes, joined, at, start, end)
    return joined
  }
}
