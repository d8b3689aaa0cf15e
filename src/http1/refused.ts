import type { Connection, Sink } from './sink'
import type { TransportError } from './transport-error'

/** A request that did not even begin: its sink hears why, once the connection was handed out. */
export class Refused implements Connection {
  readonly sent = false
  private isAborted = false

  constructor(sink: Sink, error: TransportError) {
    queueMicrotask(() => {
      if (!this.isAborted) sink.fail(error)
    })
  }

  abort(): void {
    this.isAborted = true
  }
}
