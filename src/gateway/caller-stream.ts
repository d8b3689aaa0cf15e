import type { Clock } from '../lib/clock'
import type { Ticker, Ticking } from '../lib/ticker'
import type { Keeping } from '../replay/keeping'
import { KEEP_ALIVE } from '../wire/sse'

const SILENCE_MS = 15_000
/** A caller that takes nothing for this long is gone: cable pulled, process stopped. */
const STALL_MS = 60_000

export interface CallerStreamDeps {
  clock: Clock
  ticker: Ticker
}

/**
 * The caller's end of a stream. Bytes are handed to the socket as they are, without a copy and without a flush;
 * a comment goes out after 15 s of silence, always between events, since only whole events are written.
 */
export class CallerStream implements Ticking {
  readonly body: ReadableStream<Uint8Array>
  private controller: ReadableStreamDirectController | undefined
  private waiting: Uint8Array[] = []
  private ended = false
  private lastWriteAt: number
  private stalledAt: number | null = null
  private readonly deps: CallerStreamDeps
  private readonly leave: () => void
  private readonly stillThere: Uint8Array | null
  private isBroken = false
  private readonly keeping: Keeping | undefined

  /** `leave` is called when the caller closed the connection, or stopped reading for good; `stillThere` breaks a silence. What is written is noted by `keeping`, also when nobody reads it any more. */
  constructor(
    deps: CallerStreamDeps,
    leave: () => void,
    stillThere: Uint8Array | null = KEEP_ALIVE,
    keeping: Keeping | undefined = undefined,
  ) {
    this.deps = deps
    this.leave = leave
    this.stillThere = stillThere
    this.keeping = keeping
    if (keeping) keeping.isStream = true
    this.lastWriteAt = deps.clock.now()
    this.body = new ReadableStream({
      type: 'direct',
      pull: (controller: ReadableStreamDirectController) => this.begin(controller),
      cancel: () => this.leave(),
    })
    deps.ticker.add(this)
  }

  /** Whole events only. The promise, where there is one, settles when the caller has taken enough for more to be written. */
  write(bytes: Uint8Array): void | Promise<void> {
    this.keeping?.add(bytes)
    if (this.ended) return
    this.lastWriteAt = this.deps.clock.now()
    if (!this.controller) {
      this.waiting.push(bytes)
      return
    }
    const taken = this.controller.write(bytes)
    if (typeof taken !== 'number') return this.stall(taken)
  }

  /** Sends the head and says that the answer is on its way. */
  keepAlive(): void | Promise<void> {
    if (this.stillThere) return this.write(this.stillThere)
  }

  end(): void {
    this.keeping?.end()
    if (this.ended) return
    this.stop()
    this.controller?.end()
  }

  /** Breaks off, so that the caller sees that what it has is not whole. */
  break(): void {
    if (this.ended) return
    this.stop()
    this.isBroken = true
    this.controller?.close(new Error('the answer broke off'))
  }

  /** Nothing more is written: the caller is gone. */
  stop(): void {
    this.ended = true
    this.deps.ticker.delete(this)
  }

  tick(now: number): void {
    if (this.stalledAt !== null && now - this.stalledAt > STALL_MS) this.drop()
    else if (this.stalledAt === null && now - this.lastWriteAt >= SILENCE_MS) void this.keepAlive()
  }

  /** What waits for a caller that takes nothing is thrown away with its connection. */
  private drop(): void {
    this.leave()
    this.controller?.close(new Error('the caller stopped reading'))
  }

  private begin(controller: ReadableStreamDirectController): void {
    this.controller = controller
    for (const bytes of this.waiting) void controller.write(bytes)
    this.waiting = []
    if (this.isBroken) controller.close(new Error('the answer broke off'))
    else if (this.ended) controller.end()
  }

  private async stall(taken: Promise<number>): Promise<void> {
    this.stalledAt ??= this.deps.clock.now()
    await taken.catch(() => this.leave())
    this.stalledAt = null
  }
}
