import type { Clock } from '../lib/clock'
import type { Ticker, Ticking } from '../lib/ticker'
import type { Call } from './call'
import { type DialOptions, dial } from './dial'
import { Line, type LineOwner } from './line'
import type { Origin } from './origin'
import { TransportError } from './transport-error'

/** How many connections there may be, and how long an idle one is kept. */
export interface PoolLimits {
  /** To all origins together; those that are still being dialled count. A request beyond it fails at once. */
  connections: number
  /** Beyond it a connection is closed when its answer has ended. */
  idlePerOrigin: number
  idleMs: number
}

/** What all pools of a client share. */
export interface PoolDeps extends DialOptions {
  clock: Clock
  ticker: Ticker
  limits: PoolLimits
  /** Connections that are open or being dialled. */
  open: number
  /** Closes every idle connection, to whatever origin. */
  shed(): void
}

/** A peer's own idle time ends this much earlier for us: a request must not cross with its closing. */
const MARGIN_MS = 1_000

/** The connections to one origin. An idle one is used again, the latest first; otherwise a new one is dialled. */
export class Pool implements LineOwner, Ticking {
  /** Oldest first. */
  private readonly lines: Line[] = []
  private isTicking = false
  private readonly origin: Origin
  private readonly deps: PoolDeps

  constructor(origin: Origin, deps: PoolDeps) {
    this.origin = origin
    this.deps = deps
  }

  get isIdle(): boolean {
    return this.lines.length === 0
  }

  /** Sends the call on an idle connection or on a new one. */
  send(call: Call): void {
    for (let line = this.lines.pop(); line; line = this.lines.pop()) if (line.send(call)) return
    this.dial(call)
  }

  again(call: Call): void {
    this.dial(call)
  }

  idle(line: Line): void {
    const { clock, limits } = this.deps
    line.idleSince = clock.now()
    if (this.lines.length >= limits.idlePerOrigin || line.idleMs <= MARGIN_MS) {
      line.retire()
      return
    }
    this.lines.push(line)
    if (this.isTicking) return
    this.isTicking = true
    this.deps.ticker.add(this)
  }

  closed(line: Line): void {
    this.deps.open -= 1
    const at = this.lines.lastIndexOf(line)
    if (at >= 0) this.lines.splice(at, 1)
  }

  /** Closes what has been idle for too long. */
  tick(now: number): void {
    const { idleMs } = this.deps.limits
    for (const line of this.lines.filter(
      each => now - each.idleSince > Math.min(idleMs, each.idleMs - MARGIN_MS),
    ))
      line.retire()
    if (this.lines.length > 0) return
    this.isTicking = false
    this.deps.ticker.delete(this)
  }

  /** Closes every idle connection. */
  clear(): void {
    for (const line of [...this.lines]) line.retire()
  }

  private dial(call: Call): void {
    const { deps } = this
    if (deps.open >= deps.limits.connections) deps.shed()
    if (deps.open >= deps.limits.connections) {
      const error = new TransportError('connect', `${deps.open} connections are open, the most there may be`)
      queueMicrotask(() => {
        if (!call.isAborted) call.sink.fail(error)
      })
      return
    }
    deps.open += 1
    const line = new Line(this, this.origin.isTls)
    line.await(call)
    dial(line, this.origin, call.connectTimeoutMs, deps)
  }
}
