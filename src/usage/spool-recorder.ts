import type { Price } from '../catalog/price'
import { GatewayError } from '../errors'
import type { Log } from '../lib/log'
import type { Ticking } from '../lib/ticker'
import type { Spool } from '../spool/spool'
import type { Ticket } from '../spool/ticket'
import { type Checkpoint, type Dispatch, encodeCheckpoint, encodeDispatch } from './journal'
import type { UsageRecord } from './record'
import type { Recorder } from './recorder'
import { batchOf, type WrittenBatch, type WrittenRecord, writtenRecord } from './written-record'

export interface SpoolRecorderDeps {
  spool: Spool
  log: Log
  /** Hears of the price that each request goes by, before the request goes to a vendor. */
  notePrice?: (price: Price) => void
  /** Stores records without the spool, idempotent by request id. Rejects while the store is away. */
  write: (batch: WrittenBatch) => Promise<void>
}

/** Records of refused requests that no disk takes: beyond these they are dropped, and that is said. No bill is among them. */
const MOST_HELD = 10_000
const RETRY_MS = 1_000

interface Held {
  record: WrittenRecord
  ticket: Ticket | undefined
}

/**
 * The recorder of the running gateway: its records are on this machine's disk before an answer's last bytes leave.
 * What a failing disk does not take is held in memory and stored straight away; until then nothing new is begun.
 */
export class SpoolRecorder implements Recorder, Ticking {
  private held: Held[] = []
  private heldBills = 0
  private isStoring = false
  private triedAt = Number.NEGATIVE_INFINITY
  private readonly deps: SpoolRecorderDeps

  constructor(deps: SpoolRecorderDeps) {
    this.deps = deps
  }

  hasRoom(): boolean {
    // Only bills count: were refusals to shut the door too, each would bring the next.
    return this.heldBills === 0 && this.deps.spool.hasRoom()
  }

  dispatch(about: Dispatch, ticket?: Ticket): Ticket {
    this.deps.notePrice?.(about.price)
    try {
      return this.deps.spool.begin(encodeDispatch(about), ticket)
    } catch (cause) {
      throw unavailable(cause)
    }
  }

  handOver(ticket: Ticket): void {
    try {
      this.deps.spool.handOver(ticket)
    } catch (cause) {
      throw unavailable(cause)
    }
  }

  checkpoint(about: Checkpoint, ticket: Ticket): void {
    this.deps.spool.note(encodeCheckpoint(about), ticket)
  }

  record(record: UsageRecord, given?: Ticket): void | Promise<void> {
    // One that could not be handed over was given up: like any refused request it billed nothing.
    const ticket = given?.state === 'ended' ? undefined : given
    const written = writtenRecord(record)
    const safe = this.deps.spool
      .commit(written.text, ticket, written)
      .catch(() => this.hold({ record: written, ticket }))
    // A refused request billed nothing: its answer waits for no disk.
    if (ticket) return safe
    void safe
  }

  /** Hands what was noted to the kernel, all requests' at once; and tries again what the disk did not take. */
  tick(now: number): void {
    // Requests note how far they are at the same tick, after this.
    queueMicrotask(() => this.deps.spool.flush())
    if (this.held.length === 0 || this.isStoring || now - this.triedAt < RETRY_MS) return
    this.triedAt = now
    void this.storeHeld()
  }

  /** Records that neither disk nor store has taken yet. */
  get waiting(): number {
    return this.held.length
  }

  private hold(held: Held): void {
    if (held.ticket === undefined && this.held.length >= MOST_HELD) {
      this.deps.log.error('the record of a refused request is dropped: neither disk nor database takes it')
      return
    }
    this.held.push(held)
    if (held.ticket) this.heldBills++
  }

  private async storeHeld(): Promise<void> {
    const batch = this.held.slice(0, 1_000)
    this.isStoring = true
    try {
      await this.deps.write(batchOf(batch.map(({ record }) => record)))
      this.held = this.held.slice(batch.length)
      for (const { ticket } of batch) {
        if (!ticket) continue
        this.heldBills--
        this.deps.spool.release(ticket)
      }
    } catch {
      this.deps.log.error('records are held in memory: neither disk nor database takes them', {
        records: this.held.length,
      })
    } finally {
      this.isStoring = false
    }
  }
}

function unavailable(cause: unknown): GatewayError {
  const message = 'Usage cannot be recorded at the moment, so nothing is sent.'
  return new GatewayError('usage_store_unavailable', message, { headers: { 'retry-after': '5' }, cause })
}
