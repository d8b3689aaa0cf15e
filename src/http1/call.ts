import type { Pieces } from '../lib/pieces'
import type { Line } from './line'
import type { Pool } from './pool'
import type { Connection, Sink } from './sink'

/** What requests of one kind have in common: their head up to the length, and where they go. */
export interface Prepared {
  url: string
  method: string
  head: Buffer
  pool: Pool
}

/** One request under way, on whichever connection. */
export class Call implements Connection {
  sent = false
  isAborted = false
  /** Carries it; undefined before, and once it is over. */
  line: Line | undefined
  readonly prepared: Prepared
  readonly body: Uint8Array | Pieces
  readonly sink: Sink
  readonly connectTimeoutMs: number

  constructor(prepared: Prepared, body: Uint8Array | Pieces, sink: Sink, connectTimeoutMs: number) {
    this.prepared = prepared
    this.body = body
    this.sink = sink
    this.connectTimeoutMs = connectTimeoutMs
  }

  abort(): void {
    this.isAborted = true
    this.line?.drop(this)
  }
}
