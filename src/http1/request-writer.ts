import type { Socket } from 'bun'
import { type Piece, Pieces } from '../lib/pieces'

/** Every head is put together here, with as much of its body as fits: one write for all but large bodies. */
const scratch = Buffer.allocUnsafe(64 * 1024)

/** Writes one request after another to a connection, as fast as that takes it. The body's bytes are read until it is done. */
export class RequestWriter {
  /** What the connection did not take of the head. */
  private head: Buffer | undefined
  private pieces: readonly Piece[] | undefined
  /** The piece that is next, and how far into its bytes it was taken. */
  private next = 0
  private at = 0

  get isDone(): boolean {
    return this.pieces === undefined
  }

  /** Writes what is taken at once. How many bytes that were; negative if the connection is closed. */
  begin<T>(socket: Socket<T>, head: Buffer, body: Uint8Array | Pieces): number {
    head.copy(scratch)
    const headLength = head.length + scratch.write(`${body.length}\r\n\r\n`, head.length, 'latin1')
    const pieces = body instanceof Pieces ? body.list : [{ bytes: body, start: 0, end: body.length }]
    const filled = fill(headLength, pieces)
    const taken = socket.write(scratch, 0, filled)
    if (taken === headLength + body.length) return taken
    this.head = taken < headLength ? Buffer.from(scratch.subarray(Math.max(0, taken), headLength)) : undefined
    this.pieces = pieces
    this.next = 0
    this.at = pieces[0]?.start ?? 0
    this.pass(Math.max(0, taken - headLength), pieces)
    return taken === filled ? taken + this.flush(socket) : taken
  }

  /** Goes on where the connection stopped taking. How many bytes it took now. */
  flush<T>(socket: Socket<T>): number {
    const { head, pieces } = this
    if (!pieces) return 0
    let taken = 0
    if (head) {
      taken = Math.max(0, socket.write(head))
      this.head = taken < head.length ? head.subarray(taken) : undefined
      if (this.head) return taken
    }
    for (let piece = pieces[this.next]; piece; piece = pieces[this.next]) {
      const left = piece.end - this.at
      const more = left === 0 ? 0 : Math.max(0, socket.write(piece.bytes, this.at, left))
      taken += more
      this.pass(more, pieces)
      if (more < left) return taken
    }
    this.pieces = undefined
    return taken
  }

  /** Forgets the request, sent or not. */
  clear(): void {
    this.head = undefined
    this.pieces = undefined
  }

  /** Notes that so many more bytes of the body were taken. */
  private pass(count: number, pieces: readonly Piece[]): void {
    let left = count
    for (let piece = pieces[this.next]; piece && left >= piece.end - this.at; piece = pieces[this.next]) {
      left -= piece.end - this.at
      this.next += 1
      this.at = pieces[this.next]?.start ?? 0
    }
    this.at += left
  }
}

/** Puts as much of the body behind the head as there is room for; gives back where that ends. */
function fill(headLength: number, pieces: readonly Piece[]): number {
  let at = headLength
  for (const { bytes, start, end } of pieces)
    at += Buffer.prototype.copy.call(bytes, scratch, at, start, Math.min(end, start + scratch.length - at))
  return at
}
