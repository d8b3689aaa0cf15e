import { firstEventEnd, lastEventEnd } from './sse'

/** An event larger than this is no event of any vendor. */
export const MAX_EVENT_BYTES = 1024 * 1024

/** Gets what was cut. */
export interface EventTaker {
  /** One or more whole events at a time. */
  take(events: Uint8Array): void
}

/**
 * Cuts a vendor's bytes where events end, so that whatever is handed on holds whole events only:
 * no needle is ever split, and a comment can stand between any two pieces.
 * What arrives whole is handed on as the very same array; only an event that was split is put together anew.
 */
export class EventSplitter {
  private readonly parts: Uint8Array[] = []
  private partBytes = 0
  private readonly taker: EventTaker
  private readonly maxEventBytes: number

  constructor(taker: EventTaker, maxEventBytes: number = MAX_EVENT_BYTES) {
    this.taker = taker
    this.maxEventBytes = maxEventBytes
  }

  /** Bytes of an event whose end has not come yet. */
  get pending(): number {
    return this.partBytes
  }

  /** Returns false once an unfinished event has outgrown `maxEventBytes`: the stream is not worth reading on. */
  push(chunk: Uint8Array): boolean {
    const rest = this.partBytes > 0 ? this.completePart(chunk) : chunk
    if (rest === undefined || rest.length === 0) return this.partBytes <= this.maxEventBytes
    const end = lastEventEnd(rest)
    if (end > 0) this.taker.take(end === rest.length ? rest : rest.subarray(0, end))
    if (end < rest.length) this.keep(rest.subarray(end))
    return this.partBytes <= this.maxEventBytes
  }

  /** What an ended stream left behind, its blank line added: vendors forget the last one. Undefined if there was nothing. */
  flush(): Uint8Array | undefined {
    const rest = Buffer.concat(this.take())
    const end = rest.findLastIndex(byte => byte !== 10 && byte !== 13) + 1
    return end === 0 ? undefined : Buffer.concat([rest.subarray(0, end), Buffer.from('\n\n')])
  }

  /** Finds the end of the event under way; returns what follows it, or undefined if it goes on. */
  private completePart(chunk: Uint8Array): Uint8Array | undefined {
    const end = this.endOfPart(chunk)
    if (end === -1) {
      this.keep(chunk)
      return undefined
    }
    this.keep(chunk.subarray(0, end))
    this.taker.take(Buffer.concat(this.take()))
    return chunk.subarray(end)
  }

  /** The blank line may itself be split: the last bytes before this chunk are looked at together with it. */
  private endOfPart(chunk: Uint8Array): number {
    const before = Buffer.concat(this.parts.slice(-3)).subarray(-3)
    const seam = firstEventEnd(Buffer.concat([before, chunk.subarray(0, 3)]))
    if (seam > before.length) return seam - before.length
    return firstEventEnd(chunk)
  }

  private keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.parts.push(bytes)
    this.partBytes += bytes.length
  }

  private take(): Uint8Array[] {
    this.partBytes = 0
    return this.parts.splice(0)
  }
}
