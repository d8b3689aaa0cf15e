import { ChunkedBody } from './chunked-body'
import { endOfHead, HeadBytes, MOST_HEAD_BYTES } from './head-bytes'
import { Malformed } from './malformed'
import { type ResponseHead, readHead } from './response-head'
import type { Sink } from './sink'

/** Of all interim heads (1xx) before an answer. */
const MOST_INTERIM_BYTES = 1024 * 1024

/** JavaScriptCore keeps no more than this in its own heap: to make a view of it, it would copy it out of there. */
const MOST_INSIDE_BYTES = 1_000
/** The first view of a packet costs as much as to copy so much of it; whoever takes chunks wants most of them unmoved. */
const MOST_COPIED_BYTES = 4 * 1024

/** Reads one answer after another from a connection's bytes and tells its sink. Copies of a body what is too small to be viewed. */
export class ResponseReader {
  /** The answer's head, once it is there. */
  head: ResponseHead | undefined
  /** The answer has ended: what follows is not its own. */
  isDone = false
  /** Set while the sink holds: nothing more may be read before it settles. */
  hold: Promise<void> | undefined
  private sink: Sink | undefined
  /** The head's framing, at hand for each piece of the body. */
  private isChunked = false
  private answersHead = false
  private readonly started = new HeadBytes()
  private readonly chunks = new ChunkedBody()
  /** Bytes of the body that are yet to come, where its length is known. */
  private left = 0
  private interimBytes = 0

  begin(sink: Sink, answersHead: boolean): void {
    this.head = undefined
    this.isDone = false
    this.hold = undefined
    this.sink = sink
    this.answersHead = answersHead
    this.started.clear()
    this.interimBytes = 0
  }

  /** Nothing reaches the sink any more. */
  stop(): void {
    this.sink = undefined
  }

  /**
   * Reads from `at` and gives back where it stopped: at the end of the bytes, or before it because the answer has
   * ended, the sink holds, or nobody listens any more. Throws Malformed.
   */
  read(bytes: Buffer, at: number): number {
    let next = at
    while (next < bytes.length && this.sink && !this.isDone && !this.hold) next = this.readNext(bytes, next)
    return next
  }

  private readNext(bytes: Buffer, at: number): number {
    const { head } = this
    if (!head) return this.readHead(bytes, at)
    return this.isChunked ? this.readChunk(bytes, at) : this.readBody(head, bytes, at)
  }

  /** The connection has ended: whether the answer has, too. */
  endsHere(): boolean {
    return this.isDone || this.head?.framing === 'close'
  }

  private readHead(bytes: Buffer, at: number): number {
    const end = this.started.isEmpty ? endOfHead(bytes, at) : -1
    if (end >= 0 && end - at <= MOST_HEAD_BYTES) {
      this.take(at === 0 ? bytes : bytes.subarray(at), end - at)
      return end + 2
    }
    const next = this.started.add(bytes, at)
    const whole = this.started.take()
    if (whole) this.take(whole.bytes, whole.end)
    return next
  }

  private take(bytes: Buffer, end: number): void {
    const head = readHead(bytes, end, this.answersHead)
    if (head.status < 200) {
      this.interimBytes += end
      if (this.interimBytes > MOST_INTERIM_BYTES) throw new Malformed('too many interim answers')
      return
    }
    this.head = head
    this.left = head.length
    this.isChunked = head.framing === 'chunked'
    this.isDone = head.framing === 'none' || (head.framing === 'length' && head.length === 0)
    if (this.isChunked) this.chunks.begin()
    this.sink?.head(head.status, head.fields)
  }

  private readBody({ framing }: ResponseHead, bytes: Buffer, at: number): number {
    const count = framing === 'close' ? bytes.length - at : Math.min(this.left, bytes.length - at)
    this.left -= count
    this.isDone = framing === 'length' && this.left === 0
    this.give(bytes, at, at + count)
    return at + count
  }

  private readChunk(bytes: Buffer, at: number): number {
    const { chunks } = this
    const start = chunks.left === 0 ? chunks.skip(bytes, at) : at
    if (chunks.isDone) this.isDone = true
    const end = Math.min(bytes.length, start + chunks.left)
    if (end === start) return start
    chunks.took(end - start)
    this.give(bytes, start, end)
    return end
  }

  private give(bytes: Buffer, start: number, end: number): void {
    const own = start === 0 && end === bytes.length ? bytes : piece(bytes, start, end, this.isChunked)
    this.hold = this.sink?.data(own) ?? undefined
  }
}

/** Not `subarray`, which makes a Buffer of each: dearer, and nobody needs one. Of a small one a copy is a third of a view's cost. */
function piece(bytes: Buffer, start: number, end: number, isChunk: boolean): Uint8Array {
  if (bytes.length > (isChunk ? MOST_INSIDE_BYTES : MOST_COPIED_BYTES))
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start)
  const length = end - start
  const copy = length > MOST_INSIDE_BYTES ? Buffer.allocUnsafe(length) : new Uint8Array(length)
  bytes.copy(copy, 0, start, end)
  return copy
}
