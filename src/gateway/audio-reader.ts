import type { Exchange } from '../upstream/exchange'
import { failureOfContent, type UpstreamFailure } from '../upstream/failure'
import type { HeaderFields } from '../upstream/transport'
import type { Call } from './call'
import type { CallerStream } from './caller-stream'
import { type MeteredReader, NOTHING_READ, type Reading } from './reading'

/** A picture of an error, or its text, is no sound. */
const SOUND = /^(audio\/|application\/octet-stream|binary\/octet-stream)/i

/**
 * Reads one vendor's sound. Its bytes go to the caller as they come, but for the latest one, so that the last one leaves
 * when the record is safe.
 */
export class AudioReader implements MeteredReader {
  contentType = 'application/octet-stream'
  private latest: Uint8Array | undefined
  private waiting: Uint8Array[] = []
  private caller: CallerStream | undefined
  /** What has happened before the caller's stream was there. */
  private isOver: 'ended' | UpstreamFailure | undefined
  private readonly call: Call
  private readonly exchange: Exchange
  private readonly now: () => number

  constructor(call: Call, exchange: Exchange, now: () => number) {
    this.call = call
    this.exchange = exchange
    this.now = now
  }

  get reading(): Reading {
    return { ...NOTHING_READ, bytes: this.exchange.bytes }
  }

  /** Hands over what has come, and from then on everything as it comes. */
  pipe(caller: CallerStream): void {
    this.caller = caller
    for (const bytes of this.waiting.splice(0)) void caller.write(bytes)
    if (this.isOver === 'ended') this.end()
    else if (this.isOver) this.fail(this.isOver)
  }

  head(headers: HeaderFields): void {
    const type = headers.get('content-type')
    if (type !== null && !SOUND.test(type))
      this.exchange.break(failureOfContent('The vendor answered with something that is no sound.'))
    else if (type !== null) this.contentType = type
  }

  data(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length === 0) return
    const before = this.latest
    this.latest = bytes.subarray(-1)
    if (before) void this.pass(before)
    const pause = this.pass(bytes.subarray(0, -1))
    if (!before) {
      this.call.firstContentAt ??= this.now()
      this.exchange.open()
    }
    return pause
  }

  private pass(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length === 0) return
    if (this.caller) return this.caller.write(bytes)
    this.waiting.push(bytes)
  }

  end(): void {
    if (!this.latest) return
    if (!this.caller) {
      this.isOver = 'ended'
      return
    }
    const { caller, latest } = this
    const close = () => {
      void caller.write(latest)
      caller.end()
    }
    const safe = this.call.settle({ outcome: 'ok', status: 200, reading: this.reading })
    if (safe) void safe.then(close, close)
    else close()
  }

  fail(failure: UpstreamFailure): void {
    if (!this.caller) {
      this.isOver = failure
      return
    }
    void this.call.settle({ outcome: 'error', status: 200, error: failure.error, reading: this.reading })
    // Sound has no place for an error: the caller must see that it is not whole.
    this.caller.break()
  }
}
