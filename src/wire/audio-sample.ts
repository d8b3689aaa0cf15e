/** What is kept of a recording that went by: enough for its head, and for an index at its end. */
export interface SampledAudio {
  head: Uint8Array
  tail: Uint8Array
  /** Bytes of the whole. */
  size: number
}

/** A cover picture may stand before the sound. */
const HEAD_BYTES = 256 * 1024
const TAIL_BYTES = 64 * 1024

/** Keeps the beginning and the end of what passes, in the arrays in which it passed. */
export class AudioSample {
  size = 0
  private readonly head: Uint8Array[] = []
  private headBytes = 0
  private readonly tail: Uint8Array[] = []
  private tailBytes = 0

  add(bytes: Uint8Array): void {
    this.size += bytes.length
    const missing = HEAD_BYTES - this.headBytes
    if (missing > 0) this.addHead(bytes.subarray(0, missing))
    if (bytes.length > missing) this.addTail(missing > 0 ? bytes.subarray(missing) : bytes)
  }

  /** What came first of it; nothing if nothing has come. */
  get beginning(): Uint8Array {
    return this.head[0] ?? new Uint8Array()
  }

  take(): SampledAudio {
    const tail = Buffer.concat(this.tail)
    return { head: Buffer.concat(this.head), tail: tail.subarray(-TAIL_BYTES), size: this.size }
  }

  private addHead(bytes: Uint8Array): void {
    this.head.push(bytes)
    this.headBytes += bytes.length
  }

  private addTail(bytes: Uint8Array): void {
    this.tail.push(bytes)
    this.tailBytes += bytes.length
    for (
      let first = this.tail[0];
      first && this.tailBytes - first.length >= TAIL_BYTES;
      first = this.tail[0]
    ) {
      this.tail.shift()
      this.tailBytes -= first.length
    }
  }
}
