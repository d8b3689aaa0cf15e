/** Receives the bytes of a response's body as they come, then its end. */
export interface BodySink {
  bytes(part: Buffer): void
  end(): void
}

const LINE_END = Buffer.from('\r\n')
const MAX_SIZE_LINE = 64

/** Undoes the framing of one HTTP/1.1 body: chunked, by length, or until the connection closes. */
export class BodyReader {
  readonly #chunked: boolean
  #left: number
  #carry: Buffer | undefined
  #state: 'size' | 'data' | 'data-end' | 'last' = 'size'

  /** `head`: the response's head as text. */
  constructor(head: string) {
    this.#chunked = /\r\ntransfer-encoding: *chunked/i.test(head)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    this.#left = this.#chunked ? 0 : Number(length ?? Number.POSITIVE_INFINITY)
  }

  /** True when the body needs no byte to be complete. */
  get empty(): boolean {
    return !this.#chunked && this.#left === 0
  }

  /** True when only the connection's end marks the body's. */
  get untilClose(): boolean {
    return this.#left === Number.POSITIVE_INFINITY
  }

  /** Passes the body's bytes on. Throws on a malformed chunk size. */
  take(incoming: Buffer, sink: BodySink): void {
    if (this.#chunked) this.#framed(incoming, sink)
    else this.#counted(incoming, sink)
  }

  #framed(incoming: Buffer, sink: BodySink): void {
    let bytes = this.#carry ? Buffer.concat([this.#carry, incoming]) : incoming
    this.#carry = undefined
    while (bytes.length > 0) {
      const used = this.#state === 'data' ? this.#data(bytes, sink) : this.#line(bytes, sink)
      if (used === 0) {
        this.#carry = Buffer.from(bytes)
        return
      }
      bytes = bytes.subarray(used)
    }
  }

  #counted(bytes: Buffer, sink: BodySink): void {
    this.#left -= bytes.length
    sink.bytes(bytes)
    if (this.#left <= 0) sink.end()
  }

  #data(bytes: Buffer, sink: BodySink): number {
    const part = bytes.length > this.#left ? bytes.subarray(0, this.#left) : bytes
    this.#left -= part.length
    if (this.#left === 0) this.#state = 'data-end'
    sink.bytes(part)
    return part.length
  }

  #line(bytes: Buffer, sink: BodySink): number {
    const end = bytes.indexOf(LINE_END)
    if (end < 0) {
      if (bytes.length > MAX_SIZE_LINE) throw new Error('a chunk size that is no line')
      return 0
    }
    if (this.#state === 'size') {
      this.#left = Number.parseInt(bytes.toString('latin1', 0, end), 16)
      if (!Number.isFinite(this.#left)) throw new Error('a chunk size that is no number')
      this.#state = this.#left === 0 ? 'last' : 'data'
    } else if (this.#state === 'data-end') this.#state = 'size'
    else if (end === 0) sink.end() // anything else in the last place is a trailer
    return end + LINE_END.length
  }
}
