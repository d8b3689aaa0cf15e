/**
 * Why bytes did not flow: the cause of a transport failure, before anyone gives it a meaning.
 * `malformed`: what came is no HTTP/1.1 answer that could be read in one way only; `withheld`: no byte left, for a reason of
 * our own that stands in `cause`.
 */
export type TransportFault = 'connect' | 'reset' | 'malformed' | 'timeout' | 'withheld'

/** The message names no URL and quotes nothing that was received: it may be logged. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly fault: TransportFault

  constructor(fault: TransportFault, message: string, cause?: unknown) {
    super(message, { cause })
    this.fault = fault
  }
}
