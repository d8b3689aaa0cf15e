import type { GatewayError } from '../errors'
import type { Exchange } from '../upstream/exchange'
import type { Outlet, StreamMeter } from '../usage/stream-meter'
import type { Bill } from './bill'
import type { Call } from './call'
import type { Translated } from './translate'

/** One answer as it is told to its caller. */
export interface Telling {
  meter: StreamMeter
  /** The last events of an answer that is whole, with what it cost where the caller is told. */
  last(bill: Bill | undefined): readonly Uint8Array[]
  /** Whether an answer of this type can be told; absent: only a stream can. */
  takes?(contentType: string): boolean
}

/** How a caller's dialect streams, besides the events that pass. */
export interface StreamDialect {
  /** Begins one answer; `outlet` gets whole events for the caller. */
  tell(call: Call, exchange: Exchange, translated: Translated | undefined, outlet: Outlet): Telling
  /** The last events of one that failed. */
  failure(error: GatewayError, requestId: string): readonly Uint8Array[]
  /** Says "still there", between events. */
  readonly keepAlive: Uint8Array
}
