import { sharedUs } from '../clock.ts'
import type { Exchange } from './connection.ts'
import { EventCutter } from './events.ts'
import { readStamp, type Stamp } from './stamp.ts'
import type { Tally } from './tally.ts'

const DONE = Buffer.from('[DONE]')
const STALL_US = 250_000

/** One open stream of the load: checks every chunk and adds to the tally. */
export class LoadStream implements Exchange {
  readonly #tally: Tally
  readonly #paceUs: number
  readonly #chunks: number
  readonly #closed: () => void
  readonly #cutter = new EventCutter()
  readonly #startedUs = sharedUs()
  #lastUs = 0
  #expected = 0
  #done = false

  /** `closed` is called once, when the stream is over in whatever way. */
  constructor(tally: Tally, order: { paceMs: number; chunks: number }, closed: () => void) {
    this.#tally = tally
    this.#paceUs = order.paceMs * 1000
    this.#chunks = order.chunks
    this.#closed = closed
    tally.started += 1
  }

  /** Has content arrived? */
  get live(): boolean {
    return this.#expected > 0
  }

  head(status: number): void {
    if (status !== 200) this.#tally.fail(`status ${status}`)
  }

  bytes(part: Buffer): void {
    const nowUs = sharedUs()
    this.#cutter.take(part, event => {
      const stamp = readStamp(event)
      if (stamp) this.#content(stamp, nowUs)
      else if (event.includes(DONE)) this.#done = true
    })
  }

  end(): void {
    this.#tally.finished += 1
    this.#tally.lost += this.#chunks - this.#expected
    const nowUs = sharedUs()
    if (!this.#done) this.#tally.withoutDone += 1
    else if (this.#expected > 0 && this.#tally.within(nowUs)) this.#tally.ending.add(nowUs - this.#lastUs)
    this.#closed()
  }

  failed(reason: string): void {
    this.#tally.fail(reason)
    this.#tally.lost += this.#chunks - this.#expected
    this.#closed()
  }

  #content(stamp: Stamp, nowUs: number): void {
    const tally = this.#tally
    if (this.#expected === 0 && tally.within(this.#startedUs)) tally.ttft.add(nowUs - this.#startedUs)
    if (this.#expected > 0 && nowUs - this.#lastUs > this.#paceUs + STALL_US) tally.stalled += 1
    if (stamp.number !== this.#expected) tally.lost += 1
    if (!stamp.untouched) tally.altered += 1
    this.#lastUs = nowUs
    this.#expected = stamp.number + 1
    if (!tally.within(nowUs)) return
    tally.chunks += 1
    tally.transit.add(nowUs - stamp.sentUs)
  }
}
