import type { Socket } from 'bun'

/** Every head is put together here, with as much of its body as fits: one write for all but large bodies. */
const scratch = Buffer.allocUnsafe(64 * 1024)

/** Writes one request after another to a connection, as fast as that takes it. The body's bytes are read until it is done. */
export class RequestWriter {
  /** What the connection did not take of the head. */
  private head: Buffer | undefined
  private body: Uint8Array | undefined
  /** How much of the body was taken. */
  private bodyAt = 0

  get isDone(): boolean {
    return this.body === undefined
  }

  /** Writes what is taken at once. How many bytes that were; negative if the connection is closed. */
  begin<T>(socket: Socket<T>, head: Buffer, body: Uint8Array): number {
    head.copy(scratch)
    const headLength = head.length + scratch.write(`${body.length}\r\n\r\n`, head.length, 'latin1')
    const count = Math.min(body.length, scratch.length - headLength)
    Buffer.prototype.copy.call(body, scratch, headLength, 0, count)
    const taken = socket.write(scratch, 0, headLength + count)
    this.bodyAt = Math.max(0, taken - headLength)
    if (taken === headLength + body.length) return taken
    this.head = taken < headLength ? Buffer.from(scratch.subarray(Math.max(0, taken), headLength)) : undefined
    this.body = body
    return taken === headLength + count ? taken + this.flush(socket) : taken
  }

  /** Goes on where the connection stopped taking. How many bytes it took now. */
  flush<T>(socket: Socket<T>): number {
    const { head, body } = this
    if (!body) return 0
    let taken = 0
    if (head) {
      taken = Math.max(0, socket.write(head))
      this.head = taken < head.length ? head.subarray(taken) : undefined
      if (this.head) return taken
    }
    const more = Math.max(0, socket.write(body, this.bodyAt, body.length - this.bodyAt))
    this.bodyAt += more
    if (this.bodyAt === body.length) this.body = undefined
    return taken + more
  }

  /** Forgets the request, sent or not. */
  clear(): void {
    this.head = undefined
    this.body = undefined
  }
}
