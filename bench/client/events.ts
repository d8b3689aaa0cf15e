const BLANK_LINE = Buffer.from('\n\n')
const MAX_EVENT_BYTES = 1_048_576

/** Cuts a stream of bytes into SSE events (ended by an empty line), without copying those that come whole. */
export class EventCutter {
  #carry: Buffer | undefined

  /** Calls `event` for each one that is complete, its end included. Throws when one grows past 1 MB. */
  take(incoming: Buffer, event: (bytes: Buffer) => void): void {
    const bytes = this.#carry ? Buffer.concat([this.#carry, incoming]) : incoming
    this.#carry = undefined
    let from = 0
    while (from < bytes.length) {
      const at = bytes.indexOf(BLANK_LINE, from)
      if (at < 0) break
      event(bytes.subarray(from, at + BLANK_LINE.length))
      from = at + BLANK_LINE.length
    }
    if (from === bytes.length) return
    if (bytes.length - from > MAX_EVENT_BYTES) throw new Error('an event without an end')
    this.#carry = Buffer.from(bytes.subarray(from))
  }
}
