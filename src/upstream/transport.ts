import type { Connection, Sink } from '../http1/sink'
import type { OutgoingRequest } from '../vendors/adapter'
import type { Vendor } from '../vendors/vendor'

export type { Connection, HeaderFields, Sink } from '../http1/sink'
export { TransportError, type TransportFault } from '../http1/transport-error'

/** What a transport must know of the vendor: how it is reached, and how long a connection may take. */
export type Via = Pick<Vendor, 'transport' | 'timeouts'>

/**
 * Sends one request. Follows no redirect, decodes nothing, sends nothing twice, and sets no deadline but that of
 * connecting, where it can see one.
 */
export type Transport = (request: OutgoingRequest, sink: Sink, via: Via) => Connection
