import type { Ticket } from '../spool/ticket'
import type { Checkpoint, Dispatch } from './journal'
import type { UsageRecord } from './record'

/** Where a request's record will be written. */
export type Place = Ticket

/** Takes what is known of a request off the hot path, in the order dispatch, checkpoints, record. */
export interface Recorder {
  /** False when no further record could be kept: new requests are then refused. */
  hasRoom(): boolean
  /** Bytes that can be recorded until then, as far as it can be told. */
  roomBytes?(): number
  /**
   * A request goes to a vendor, or (with its place) to another one: whatever dies after its `handOver`, it will have a
   * record. Throws GatewayError `usage_store_unavailable`; the vendor must not be called then.
   */
  dispatch(about: Dispatch, place?: Place): Place
  /**
   * Comes before a byte of it leaves; of all that were dispatched meanwhile the first one pays. Throws GatewayError
   * `usage_store_unavailable`, each time anew; it must not leave then.
   */
  handOver(place: Place): void
  /** How far it has come. */
  checkpoint(about: Checkpoint, place: Place): void
  /** Its end. Never throws; the promise, where there is one, settles when the record is as safe as it gets. */
  record(record: UsageRecord, place?: Place): void | Promise<void>
}
