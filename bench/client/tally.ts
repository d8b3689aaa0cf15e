import { Samples, type Summary } from './samples.ts'

/** What a run of streams came to. Times in microseconds. */
export interface StreamReport {
  started: number
  finished: number
  /** content chunks that came within the window */
  chunks: number
  windowSeconds: number
  /** from the request's bytes leaving to the first content, streams opened in the window */
  ttft: Summary
  /** from the vendor's send to the caller's receipt, chunks of the window */
  transit: Summary
  /** from the last content to the response's end, streams that ended in the window */
  ending: Summary
  /** content chunks that never came, or out of order */
  lost: number
  /** content chunks that differ from what the vendor sent */
  altered: number
  /** gaps between two chunks longer than the pace by 250 ms */
  stalled: number
  /** streams that ended without `[DONE]` */
  withoutDone: number
  failed: number
  firstFailure: string | null
}

/** Adds up what the streams of a run report. */
export class Tally {
  started = 0
  finished = 0
  chunks = 0
  lost = 0
  altered = 0
  stalled = 0
  withoutDone = 0
  failed = 0
  firstFailure: string | null = null
  readonly ttft = new Samples()
  readonly transit = new Samples()
  readonly ending = new Samples()
  #openUs = Number.POSITIVE_INFINITY
  #closedUs = Number.POSITIVE_INFINITY

  openWindow(nowUs: number): void {
    this.#openUs = nowUs
  }

  closeWindow(nowUs: number): void {
    this.#closedUs = nowUs
  }

  within(us: number): boolean {
    return us >= this.#openUs && us < this.#closedUs
  }

  fail(reason: string, count = 1): void {
    this.failed += count
    this.firstFailure ??= reason
  }

  get report(): StreamReport {
    const { started, finished, chunks, lost, altered, stalled, withoutDone, failed, firstFailure } = this
    const windowSeconds = (this.#closedUs - this.#openUs) / 1e6
    const times = {
      ttft: this.ttft.summary,
      transit: this.transit.summary,
      ending: this.ending.summary,
    }
    return {
      started,
      finished,
      chunks,
      windowSeconds,
      ...times,
      lost,
      altered,
      stalled,
      withoutDone,
      failed,
      firstFailure,
    }
  }
}
