import type { OutgoingRequest } from '../vendors/adapter'

/** Why bytes did not flow: the cause of a transport failure, before anyone gives it a meaning. */
export type TransportFault = 'connect' | 'reset' | 'timeout' | 'aborted'

export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly fault: TransportFault

  constructor(fault: TransportFault, message: string, cause?: unknown) {
    super(message, { cause })
    this.fault = fault
  }
}

/** Receives one answer: `head` once, then `data` any number of times, then exactly one of `end` and `fail`. */
export interface Sink {
  head(status: number, headers: Headers): void
  /** The bytes are the sink's from here on. A returned promise holds the vendor back until it settles. */
  data(bytes: Uint8Array): void | Promise<void>
  end(): void
  fail(error: TransportError): void
}

/** A call under way. `abort` closes the vendor's connection at once; nothing reaches the sink after it. */
export interface Connection {
  abort(): void
}

/** Sends one request. Follows no redirect, decodes nothing, retries nothing, and sets no deadline of its own. */
export type Transport = (request: OutgoingRequest, sink: Sink) => Connection
